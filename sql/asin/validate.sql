{#- What can be wrong with a mart: counts of its rows. -#}
{%- import 'asin/columns.sql' as columns -%}
select
    count(*) as rows,
    count(*) filter ({% if scope.date is not none %}dt::date = {{ scope.date | lit(type='date') }}{% else %}true{% endif %}) as rows_of_the_day,
    count(*) filter (asin is null or site is null or dt is null) as without_key,
    count(*) - count(distinct (asin, site, dt::date)) as repeated,
    count(*) filter ({{ columns.number(types, 'price') }} <= 0) as invalid_price,
    count(*) filter ({{ columns.number(types, 'bsr') }} <= 0 or {{ columns.number(types, 'bsr') }} >= 5000000) as invalid_bsr
    {% for column in ['price', 'bsr'] %},
    count(*) filter ({% if column ~ '_valid' in types %}not coalesce({{ columns.flag(types, column ~ '_valid') }}, false){% else %}false{% endif %}) as {{ ('blanked_' ~ column) | ident }}
    {% endfor %}

from {{ source }}
