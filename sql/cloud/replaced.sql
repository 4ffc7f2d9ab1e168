{# Which rows of a table, `old`, make place for staged ones. table: staging; all, or a condition, a template about a scope,
   or keys, pairs of expressions of the new and the old rows; none where there is none of these. #}
{% macro replaced(table) -%}
{%- if table.all -%}
true
{%- elif table.condition -%}
{%- set scope = table.scope -%}
{% include table.condition %}
{%- elif table.keys -%}
exists (
    select 1 from {{ table.staging | ident }} as staged
    where {% for pair in table.keys %}{% if not loop.first %} and {% endif %}{{ pair[0] | sql }} = {{ pair[1] | sql }}{% endfor %}

)
{%- else -%}
false
{%- endif -%}
{%- endmacro %}
