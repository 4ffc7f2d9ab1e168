{# Sums and averages of decimal figures that are the same in whatever order threads hand them over.
   Prices have two decimals, so averages fall on half pennies: a last bit that depends on the order would
   decide which way they are rounded. Twelve decimals are kept. #}
{% from dialect import exact, number %}
{% macro exact_sum(figure) -%}
cast(sum({{ exact(figure) }}) as {{ number }})
{%- endmacro %}

{% macro exact_avg(figure) -%}
{{ exact_sum(figure) }} / nullif(count({{ exact(figure) }}), 0)
{%- endmacro %}
