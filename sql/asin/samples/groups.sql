{#- How many rows each group of a part has, in the order of the rows. -#}
select count(*)::integer from {{ source }} where {{ condition | sql }} group by {{ group | ident }} order by {{ group | ident }}
