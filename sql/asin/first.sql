{#- The first products by name. -#}
{% from dialect import text %}
select distinct cast(asin as {{ text }}) as asin from {{ source }} where asin is not null order by 1 limit {{ limit }}
