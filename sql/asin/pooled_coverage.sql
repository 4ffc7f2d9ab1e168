{#- The share of rows that come a day after the one before, products together. -#}
select avg((next_day or next_day is null)::int)
from (select dt - lag(dt) over (order by dt) = 1 as next_day from {{ source }})
