{#- What the samples are like, part by part. -#}
select
    split,
    count(*) as rows,
    {% if purge %}count(*) filter (purged){% else %}0{% endif %} as purged,
    count(*) filter (y_bin) as positive,
    count(distinct group_id) as groups,
    count(distinct asin || '|' || site) as products,
    min(t_ref)::varchar as first_day,
    max(t_ref)::varchar as last_day,
    avg(y_reg) as mean_sales,
    stddev_samp(y_reg) as deviation_of_sales,
    count(*) filter (feature_vector = '{}') as without_features,
    count(*) filter (meta.category = 'unknown') as without_category
from train_samples
group by split
order by first_day
