{# How many rows a local table has. dataset, name. #}
select count(*) from {{ table(dataset, name) }}
