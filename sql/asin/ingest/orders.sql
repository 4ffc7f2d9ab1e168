{#- Orders of a seller by their number; what was cancelled since has no units. -#}
create or replace temp table arrived_orders as
select
    asin,
    site,
    item ->> 'order_id' as order_id,
    max(try_cast(item ->> 'dt' as date)) as dt,
    sum(try_cast(item ->> 'ordered_units' as double)) as ordered_units,
    max(fetched_at) as _ingested_at
from (select asin, site, fetched_at, unnest(from_json(body, '["json"]')) as item from answers where kind = 'orders')
where item ->> 'order_id' is not null and try_cast(item ->> 'dt' as date) is not null
group by asin, site, order_id;

delete from {{ table(schema, 'fact_orders') }} as old
where exists (
    select 1 from arrived_orders new
    where new.asin = old.asin and new.site = old.site and new.order_id = old.order_id
);

insert into {{ table(schema, 'fact_orders') }} by name select * from arrived_orders
