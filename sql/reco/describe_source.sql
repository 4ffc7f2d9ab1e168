{# The columns of a table or view and their types, in their order. #}
select column_name, data_type
from duckdb_columns()
where database_name = current_database()
    and schema_name = {{ dataset | lit }} and table_name = {{ name | lit }}
order by column_index
