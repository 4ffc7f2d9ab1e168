{#- Adds the rows of an extract job's files to a table; columns that it does not have are added, lists were texts.
    schema, target; files; columns: name, kind, list, added. -#}
{% for column in columns if column.added %}
alter table {{ table(schema, target) }} add column {{ column.name | ident }} {{ column.kind | sql }};
{% endfor %}
insert into {{ table(schema, target) }} by name
select
{% for column in columns %}
{% set name = column.name | ident %}
    {% if column.list %}from_json({{ name }}, '["varchar"]'){% else %}{{ name }}::{{ column.kind | sql }}{% endif %} as {{ name }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
from {% include 'cloud/files.sql' %}
