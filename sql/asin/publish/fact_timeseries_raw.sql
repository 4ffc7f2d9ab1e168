{#- The newest row of each day; a day or number that is none has no place in a typed table. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- set types = {'price': 'VARCHAR', 'bsr': 'VARCHAR', 'rating': 'VARCHAR', 'reviews_count': 'VARCHAR', 'stock_est': 'VARCHAR', 'est_sales': 'VARCHAR', 'dt': 'VARCHAR'} -%}
select
    asin,
    site,
    {{ columns.day(types, 'dt', true) }} as dt,
    {% for column in ['price', 'bsr', 'rating', 'reviews_count', 'stock_est', 'est_sales'] %}
    {{ columns.lenient_number(types, column) }} as {{ column | ident }},
    {% endfor %}
    buybox_seller,
    _ingested_at
from {{ table(schema, 'fact_timeseries_raw') }}
where {{ columns.day(types, 'dt', true) }} between {{ date | lit(type='date') }} - {{ days }} and {{ date | lit(type='date') }}
qualify row_number() over (
    partition by asin, site, {{ columns.day(types, 'dt', true) }} order by _ingested_at desc nulls last, rowid desc
) = 1
