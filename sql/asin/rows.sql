{#- The first rows of a file, in its order. -#}
select * from {{ source }} limit {{ count }}
