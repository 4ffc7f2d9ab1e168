{#- The rows of some days up to the scope's, of its products. -#}
{%- import 'asin/columns.sql' as columns -%}
select * from {{ source }}
where true{{ columns.scope(scope) }}
{%- if scope.date is not none %} and dt::date between {{ scope.date | lit(type='date') }} - {{ days - 1 }} and {{ scope.date | lit(type='date') }}{% endif %}
