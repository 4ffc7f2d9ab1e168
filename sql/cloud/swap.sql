{# Puts the staged rows in place of the tables' own, of all tables at once: readers see the old ones or the new
   ones. A script that fails before its end is undone. tables: target, staging, columns, replaces. #}
begin transaction;
{% for table in tables %}
{% set columns %}{% for column in table.columns %}{% if not loop.first %}, {% endif %}{{ column | ident }}{% endfor %}{% endset %}
{% if table.replaces %}
delete from {{ table.target | ident }} where true;
{% endif %}
insert into {{ table.target | ident }} ({{ columns }})
select {{ columns }} from {{ table.staging | ident }};
{% endfor %}
commit transaction;
