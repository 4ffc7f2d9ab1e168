{#- The rows of a scope, for them to be replaced. -#}
{%- import 'asin/columns.sql' as columns -%}
dt = {{ scope.date | lit(type='date') }}{{ columns.scope(scope) }}
