{# Puts the staged rows in place of the tables' own, of all tables at once: readers see the old ones or the new
   ones. A script that fails before its end is undone. tables: target, staging, columns; all, condition, scope, keys:
   which rows make place. #}
{% from "cloud/replaced.sql" import replaced %}
begin transaction;
{% for table in tables %}
{% set columns %}{% for column in table.columns %}{% if not loop.first %}, {% endif %}{{ column | ident }}{% endfor %}{% endset %}
{% if table.all or table.condition or table.keys %}
delete from {{ table.target | ident }} as old where {{ replaced(table) }};
{% endif %}
insert into {{ table.target | ident }} ({{ columns }})
select {{ columns }} from {{ table.staging | ident }};
{% endfor %}
commit transaction;
