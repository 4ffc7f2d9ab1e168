{#- What there is, and what no label was made of. -#}
{%- import 'asin/columns.sql' as columns -%}
select 'without_key', count(*) from {{ source }} where asin is null or site is null or dt is null
{% for column in ['price', 'bsr', sales] if column in types %}
union all select {{ column | lit }}, count(*) from {{ source }} where not isfinite({{ columns.number(types, column) }})
{% endfor %}
union all select 'days', count(*) from label_rows
union all select 'days_with_sales', count(sales) from label_rows
union all select 'samples', count(*) from label_windows
