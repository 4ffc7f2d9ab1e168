{#- How many rows have a number for each member of the feature vector. -#}
{%- import 'asin/samples/features.sql' as features -%}
select {% for name in names %}count(vector.{{ name | ident }}){{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}

from {{ features.rows(source, members) }}
