{#- The rows of one part, those of a group together: label, weight, and the features. -#}
{%- import 'asin/samples/features.sql' as features -%}
select
    {{ label | ident }}::float as label,
    {{ (weight | ident if weight is not none else '1' | sql) }}::float as weight,
    {% for feature in inputs %}
    {{ features.value(feature) }},
    {% endfor %}
from {{ features.rows(source, members) }}
where {{ condition | sql }}
order by {% if group is not none %}{{ group | ident }}, {% endif %}{{ order | sql }}
