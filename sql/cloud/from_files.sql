{# A local table anew from an extract job's files. dataset, name; files. #}
create or replace table {{ table(dataset, name) }} as
select * from {% include 'cloud/files.sql' %};
