{#- Units that were ordered of each product on each day. -#}
select asin, site, dt, sum(ordered_units) as ordered_units
from {{ table(schema, 'fact_orders') }}
group by all
order by all
