{#- How many of its days each series has, as a share of those from its first to its last. -#}
select asin, site, count(distinct dt::date) / (max(dt::date) - min(dt::date) + 1) as coverage
from {{ source }}
group by asin, site
order by coverage, asin, site
