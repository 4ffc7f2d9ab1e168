{#- Targets, split, price band and feature vector of every labelled day. -#}
{%- import 'asin/columns.sql' as columns -%}
create or replace temp table train_samples as
with dates as (
    select
        t_ref,
        row_number() over (order by t_ref) as number,
        count(*) over () as dates
    from (select distinct t_ref from label_windows)
),
parts as (
    select
        t_ref,
        {% if deal_remainder %}
        trunc(dates * {{ train }}::double) as train_days,
        trunc(dates * {{ valid }}::double) as valid_days,
        dates - train_days - valid_days - trunc(dates * {{ test }}::double) as left_over,
        train_days + least(1, left_over) as train_end,
        train_days + valid_days + least(2, left_over) as valid_end,
        {% else %}
        trunc(dates * {{ train }}::double) as train_end,
        trunc(dates * {{ train_and_valid }}::double) as valid_end,
        {% endif %}
        case
            when number <= greatest(1, train_end) then 'train'
            when number <= valid_end then 'valid'
            else 'test'
        end as split
    from dates
),
{% if purge %}
first_days as (
    select
        min(t_ref) filter (split = 'valid') as valid,
        min(t_ref) filter (split = 'test') as test
    from parts
),
{% endif %}
targets as (
    select
        *,
        rank() over competitors as lowest,
        count(*) over (competitors range between current row and current row) as equals,
        count(*) over (partition by site, category_key, t_ref) as size
    from label_windows
    window competitors as (partition by site, category_key, t_ref order by future_sales)
),
medians as (
    select asin, site, median(w.price) as price
    from label_windows w
    join parts using (t_ref)
    {% if choices.bands_of_train_days %}
    where split = 'train'
    {% endif %}
    group by all
    having median(w.price) is not null
),
edges as (
    select
        site,
        quantile_cont(price, [{% for q in quantiles %}{{ q }}::double{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}]) as edges,
        list_sort(list_distinct(edges)) as bounds
    from medians
    group by site
),
bins as (
    -- Bin n lies above bound n, up to bound n + 1; the first holds its lower bound too.
    select
        asin,
        site,
        edges,
        bounds,
        case when price between bounds[1] and bounds[-1] and len(bounds) > 1
            then greatest(1, len(list_filter(bounds, lambda bound: bound < price)))
        end as bin
    from medians
    join edges using (site)
),
bands as (
    select
        asin,
        site,
        {% if choices.bands_of_train_days %}
        -- Of edges that are one, the last says how many lie below.
        case when bin = 1 then 1 else len(list_filter(edges, lambda edge: edge <= bounds[bin])) end as low,
        len(list_filter(edges, lambda edge: edge <= bounds[bin + 1])) as high,
        {% else %}
        bin as low,
        bin + 1 as high,
        {% endif %}
        [{% for p in percents %}{{ p }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}] as percents,
        coalesce('q' || percents[low] || '-' || percents[high], 'unknown') as price_band
    from bins
)
{%- if vector and not choices.vectors_are_json %},
without_features as (
    select count(*) > 0 as lacking
    from label_windows w
    where not exists (
        select 1 from {{ features }} f
        where f.asin::varchar = w.asin and f.site::varchar = w.site and f.dt::date {{ ('<=' if as_of else '=') | sql }} w.t_ref
    )
)
{%- endif %}
{%- if vector %},
vectors as (
    -- Only numbers that JSON has; what is missing is left out.
    select
        asin::varchar as asin,
        site::varchar as site,
        dt::date as t_ref,
        '{' || concat_ws(
            ', ',
            {% for feature in vector %}
            {{ feature.prefix | lit }} ||
                {%- if feature.finite %}
 case when isfinite({{ columns.number(feature_types, feature.name) }}) then to_json({{ columns.number(feature_types, feature.name) }})::varchar end
                {%- elif feature.whole and not choices.vectors_are_json %}
 case when (select lacking from without_features) then to_json({{ feature.name | ident }}::double)::varchar
                    else to_json({{ feature.name | ident }})::varchar end
                {%- else %}
 to_json({{ feature.name | ident }})::varchar
                {%- endif %}{{ ',' | sql if not loop.last else '' | sql }}
            {% endfor %}
        ) || '}' as feature_vector
    from {{ features }}
)
{%- endif %}

select
    t.asin,
    t.site,
    t.t_ref,
    (sales_ratio >= {{ ratio_threshold }}::double
        and (coalesce(bsr_percentile_drop >= {{ percentile_drop }}::double, false)
            {% if bsr_delta is not none %}
            or coalesce(t.bsr_delta <= -abs({{ bsr_delta }}::double), false)
            {% endif %}
        )) is true as y_bin,
    1 - (lowest + (equals - 1) / 2) / size as y_rank,
    least(4, 5 * (2 * lowest + equals - 1) // (2 * size)) as relevance,
    future_sales as y_reg,
    {% if choices.groups_have_a_day %}
    concat_ws('|', t.site, category_key, t.t_ref) as group_id,
    {% else %}
    -- Stands in for a hash that was another one in each process.
    (hash(t.site || '|' || category_key) % 1000000000000)::bigint as group_id,
    {% endif %}
    p.split,
    {% if purge %}
    coalesce(case p.split
        when 'train' then greatest(t.t_ref + {{ horizon }}, last_day) >= coalesce(f.valid, f.test)
        when 'valid' then greatest(t.t_ref + {{ horizon }}, last_day) >= f.test
    end, false) as purged,
    {% endif %}
    {{ ("coalesce(x.feature_vector, '{}')" if vector else "'{}'" if choices.vectors_are_json else "'NaN'") | sql }} as feature_vector,
    struct_pack(
        category := category_key,
        price_band := {{ ("coalesce(b.price_band, 'unknown')" if choices.bands_of_train_days else 'b.price_band') | sql }}
    ) as meta
from targets t
join parts p using (t_ref)
left join bands b on b.asin = t.asin and b.site = t.site
{% if vector %}
{% if as_of %}asof {% endif %}left join vectors x on x.asin = t.asin and x.site = t.site and x.t_ref {{ ('<=' if as_of else '=') | sql }} t.t_ref
{% endif %}
{% if purge %}
cross join first_days f
{% endif %}
order by t.asin, t.site, t.t_ref
