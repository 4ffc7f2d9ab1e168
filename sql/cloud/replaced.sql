{# Which rows of a table, `old`, make place for staged ones. table: staging; a condition, or keys, pairs of expressions of
   the new and the old rows; none where there is neither. #}
{% macro replaced(table) -%}
{%- if table.condition is not none -%}
{{ table.condition | sql }}
{%- elif table.keys -%}
exists (
    select 1 from {{ table.staging | ident }} as staged
    where {% for pair in table.keys %}{% if not loop.first %} and {% endif %}{{ pair[0] | sql }} = {{ pair[1] | sql }}{% endfor %}

)
{%- else -%}
false
{%- endif -%}
{%- endmacro %}
