{#- The best of each category, with what is known of them. A product that is not in `products`, or without a row in
    the mart, stays with NULLs or is left out, as `choices` has it. -#}
{%- set join = 'left join' if choices.keep_unknown_products else 'join' -%}
{%- import 'asin/columns.sql' as columns -%}
select
    s.asin,
    s.site,
    s.dt,
    s.explosive_score,
    s.rank_in_cat,
    {{ ('d.title' if products is not none else 'null') | sql }} as title,
    {{ ('d.brand' if products is not none else 'null') | sql }} as brand,
    {{ ("array_to_string(d.category_path, ' > ')" if products is not none else 'null') | sql }} as category_path,
    {{ ('m.bsr' if mart is not none else 'null') | sql }} as bsr,
    {{ ('m.price' if mart is not none else 'null') | sql }} as price,
    {{ ('m.reviews_count' if mart is not none else 'null') | sql }} as reviews_count,
    s.category
from (
    select asin, site, dt::date as dt, category, explosive_score::double as explosive_score, rank_in_cat::integer as rank_in_cat
    from {{ source }}
    where rank_in_cat::integer <= {{ top }}{{ columns.scope(scope) }}
    {%- if scope.date is not none %} and dt::date = {{ scope.date | lit(type='date') }}{% endif %}

) s
{% if products is not none %}
{{ join | sql }} {{ products }} d on d.asin = s.asin and d.site = s.site
{% endif %}
{% if mart is not none %}
{{ join | sql }} {{ mart }} m on m.asin = s.asin and m.site = s.site and m.dt::date = s.dt
{% endif %}
order by s.dt, s.site, s.category nulls last, s.rank_in_cat, s.asin
