{#- The rows of a scope, for them to be replaced; in either warehouse. scope. -#}
{%- from dialect import one_of -%}
dt = {{ scope.date | bind(type='date') }}
{%- if scope.asins is not none %} and {{ one_of('asin', scope.asins) }}{% endif %}
