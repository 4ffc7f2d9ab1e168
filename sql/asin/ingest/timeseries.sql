{#- Records of series, numbers and days as they were spelt. A record without a time of its own was ingested when it
    was fetched (D-ING-3). -#}
{%- import 'asin/columns.sql' as columns -%}
create or replace temp table arrived_timeseries as
select
    asin,
    site,
    item ->> 'dt' as dt,
    {% for column in ['price', 'bsr', 'rating', 'reviews_count', 'stock_est', 'buybox_seller', 'est_sales'] %}
    item ->> {{ column | lit }} as {{ column | ident }},
    {% endfor %}
    coalesce({{ columns.utc({'ingested': 'VARCHAR'}, 'ingested') }}, fetched_at) as _ingested_at
from (
    select asin, site, fetched_at, item, item ->> '_ingested_at' as ingested
    from (select asin, site, fetched_at, unnest(from_json(body, '["json"]')) as item from answers where kind = 'timeseries')
);

{% if partial -%}
{#- What this service does not know stays as it is. -#}
create or replace temp table arrived_timeseries as
select
    new.asin,
    new.site,
    new.dt,
    {% for column in ['price', 'bsr', 'rating', 'reviews_count', 'stock_est', 'buybox_seller', 'est_sales'] %}
    coalesce(new.{{ column | ident }}, old.{{ column | ident }}) as {{ column | ident }},
    {% endfor %}
    new._ingested_at
from arrived_timeseries new
left join (
    select * from {{ table(schema, 'fact_timeseries_raw') }}
    qualify row_number() over (partition by asin, site, left(dt, 10) order by _ingested_at desc nulls last) = 1
) old on old.asin = new.asin and old.site = new.site and left(old.dt, 10) = left(new.dt, 10);

{% endif -%}
delete from {{ table(schema, 'fact_timeseries_raw') }} as old
where exists (
    select 1 from arrived_timeseries new
    where new.asin = old.asin and new.site = old.site and left(new.dt, 10) is not distinct from left(old.dt, 10)
);

insert into {{ table(schema, 'fact_timeseries_raw') }} by name select * from arrived_timeseries
