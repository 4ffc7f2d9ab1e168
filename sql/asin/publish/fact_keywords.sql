select * from {{ table(schema, 'fact_keywords') }}
