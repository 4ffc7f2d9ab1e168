{#- How many rows each part has, and how many of them are set aside. -#}
select split, count(*), {{ ('count(*) filter (purged::boolean)' if purged else '0') | sql }} from {{ source }} group by split order by split
