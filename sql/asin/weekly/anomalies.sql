{#- Scores of the week that are far from the mean of their market and category. -#}
with scores as (
    select
        dt, site, category, asin, explosive_score,
        avg(explosive_score) over w as mean,
        stddev_pop(explosive_score) over w as deviation
    from {{ table(schema, 'score_baseline_daily') }}
    where dt between {{ date | lit(type='date') }} - 6 and {{ date | lit(type='date') }} and explosive_score is not null
    window w as (partition by site, category)
)
select dt, site, category, asin, explosive_score, round((explosive_score - mean) / deviation, 3) as z
from scores
where deviation > 0 and abs((explosive_score - mean) / deviation) >= 2.5
order by abs(z) desc, dt desc, asin
