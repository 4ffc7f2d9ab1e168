{# What a view shows. schema, base: names; columns: name, sql_type, value (SQL, or none for the column
   itself); condition: SQL or none; group_by, order_by: names. #}
select
{% for column in columns %}
    ({% if column.value %}{{ column.value | sql }}{% else %}base.{{ column.name | ident }}{% endif %})::{{ column.sql_type | sql }} as {{ column.name | ident }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
from {{ table(schema, base) }} as base
{% if condition %}
where {{ condition | sql }}
{% endif %}
{% if group_by %}
group by {% for name in group_by %}base.{{ name | ident }}{{ "" | sql if loop.last else ", " | sql }}{% endfor %}

{% endif %}
{% if order_by %}
order by {% for name in order_by %}{{ name | ident }}{{ "" | sql if loop.last else ", " | sql }}{% endfor %}

{% endif %}
