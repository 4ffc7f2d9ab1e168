{#- The mart: of each product and day the row that was ingested last, without prices and ranks that cannot be.

    Few keys are there twice: those are found by a hash, and only their rows are put in order. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- set range = "coalesce(price > 0 and isfinite(price), false)" if choices.finite_prices else "coalesce(price > 0, false)" -%}
with typed as not materialized (
    select *, hash(asin, site, dt, "#spelling") as "#key"
    from ({% include 'asin/typed.sql' %})
    where asin is not null and site is not null and dt is not null{{ columns.scope(scope) }}
    {%- if scope.date is not none %} and dt between {{ scope.date | lit(type='date') }} - {{ lookback_days }} and {{ scope.date | lit(type='date') }}{% endif %}
),
repeated as (
    select "#key" as key from typed group by "#key" having count(*) > 1
),
single as (
    select * from typed where "#key" not in (select key from repeated)
    union all
    select * from typed where "#key" in (select key from repeated)
    qualify row_number() over (
        partition by asin, site, dt, "#spelling"
        order by _ingested_at desc nulls {{ ('last' if choices.timeless_rows_lose else 'first') | sql }}, "#place" desc
    ) = 1
)
select
    * exclude ("#place", "#spelling", "#key", "#price_given", "#bsr_given", "#rating_given") replace (
        case when {{ range | sql }} then price end as price,
        {% if choices.finite_prices %}
        case when rating between 0 and 5 then rating end as rating,
        {% endif %}
        case when bsr > 0 and bsr < 5000000 then bsr end as bsr
    ),
    {{ range | sql }} as price_valid,
    coalesce(bsr > 0 and bsr < 5000000, false) as bsr_valid
    {%- if choices.finite_prices %},
    coalesce(rating between 0 and 5, false) as rating_valid
    {%- endif %}

from single
{% if few %}
order by asin, site, dt
{% endif %}
