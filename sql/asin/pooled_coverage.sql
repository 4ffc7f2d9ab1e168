{#- The share of rows that come a day after the one before, products together. -#}
select avg((next_day or next_day is null)::int)
from (select dt::date - lag(dt::date) over (order by dt::date) = 1 as next_day from {{ source }})
