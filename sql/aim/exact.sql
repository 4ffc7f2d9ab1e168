{# Sums and averages of decimal figures that are the same in whatever order threads hand them over.
   Prices have two decimals, so averages fall on half pennies: a last bit that depends on the order would
   decide which way they are rounded. Twelve decimals are kept. #}
{% macro exact_sum(figure) -%}
cast(sum(try_cast({{ figure | sql }} as decimal(30, 12))) as double)
{%- endmacro %}

{% macro exact_avg(figure) -%}
{{ exact_sum(figure) }} / count(try_cast({{ figure | sql }} as decimal(30, 12)))
{%- endmacro %}
