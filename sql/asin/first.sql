{#- The first products by name. -#}
select distinct asin::varchar from {{ source }} where asin is not null order by 1 limit {{ limit }}
