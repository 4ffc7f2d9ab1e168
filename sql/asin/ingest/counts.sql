{#- How many rows each table got. -#}
select 'fact_timeseries_raw', count(*) from arrived_timeseries
union all select 'dim_asin', count(*) from arrived_products
union all select 'fact_reviews', count(*) from arrived_reviews
union all select 'fact_keywords', count(*) from arrived_keywords
union all select 'fact_orders', count(*) from arrived_orders
