{# A local table anew from an extract job's files. dataset, name; files. #}
create or replace table {{ table(dataset, name) }} as
select * from read_parquet([{% for file in files %}{% if not loop.first %}, {% endif %}{{ file | lit }}{% endfor %}]);
