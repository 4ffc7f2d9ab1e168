{#- The values of a feature that is a name, in the order that their codes have. -#}
{%- import 'asin/samples/features.sql' as features -%}
select distinct {{ features.name(feature) }} as value
from {{ features.rows(source, members) }}
where {{ condition | sql }} and value is not null
order by value
