select * from {{ table(schema, 'fact_reviews') }}
