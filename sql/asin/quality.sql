{#- What was in the raw rows, by site: counted before anything is blanked out. -#}
{%- import 'asin/columns.sql' as columns -%}
select
    coalesce(site, ''),
    count(*) as rows_in,
    count(*) filter (asin is null or site is null or dt is null) as unusable,
    count(*) filter (_ingested_at is null) as null_ingested_at,
    count(*) filter ("#price_given" and not coalesce(price > 0 and isfinite(price), false)) as invalid_price,
    count(*) filter ("#bsr_given" and not coalesce(bsr > 0 and bsr < 5000000, false)) as invalid_bsr,
    count(*) filter ("#rating_given" and not coalesce(rating between 0 and 5, false)) as invalid_rating
from ({% include 'asin/typed.sql' %})
where true{{ columns.scope(scope) }}
{%- if scope.date is not none %} and (dt is null or dt between {{ scope.date | lit(type='date') }} - {{ lookback_days }} and {{ scope.date | lit(type='date') }}){% endif %}

group by 1
order by 1
