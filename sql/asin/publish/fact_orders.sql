select * from {{ table(schema, 'fact_orders') }}
