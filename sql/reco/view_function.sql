{# The function a view selects from. Its body is a text, so it finds the base table by its name at each
   refresh: the base can be swapped and dropped. In SQL and stable, so that the planner sees through it.
   schema, function: names; columns: name, sql_type; body: the query. #}
create function {{ table(schema, function) }}()
returns table (
{% for column in columns %}
    {{ column.name | ident }} {{ column.sql_type | sql }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
)
language sql stable parallel safe
as {{ body | lit }}
