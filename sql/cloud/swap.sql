{# Puts the staged rows in place of the tables' own, of all tables at once: readers see the old ones or the new
   ones. A script that fails before its end is undone. tables: target, staging, columns; which rows
   make place: all, or those of a condition, a template about a scope, or of keys, pairs of expressions of the new and
   the old rows; none where there is neither. #}
begin transaction;
{% for table in tables %}
{% set columns %}{% for column in table.columns %}{% if not loop.first %}, {% endif %}{{ column | ident }}{% endfor %}{% endset %}
{% if table.all %}
delete from {{ table.target | ident }} as old where true;
{% elif table.condition %}
{% set scope = table.scope %}
delete from {{ table.target | ident }} as old where {% include table.condition %};
{% elif table.keys %}
delete from {{ table.target | ident }} as old where exists (
    select 1 from {{ table.staging | ident }} as staged
    where {% for pair in table.keys %}{% if not loop.first %} and {% endif %}{{ pair[0] | sql }} = {{ pair[1] | sql }}{% endfor %}

);
{% endif %}
insert into {{ table.target | ident }} ({{ columns }})
select {{ columns }} from {{ table.staging | ident }};
{% endfor %}
commit transaction;
