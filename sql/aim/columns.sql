{# The columns of a table, in their order. #}
select column_name
from information_schema.columns
where table_schema = {{ dataset | lit }} and table_name = {{ name | lit }}
order by ordinal_position
