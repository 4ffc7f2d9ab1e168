{#- The first rows by score, for people to read. -#}
select asin, site, category, printf('%.3f', explosive_score::double), rank_in_cat::varchar, title
from {{ source }}
order by explosive_score::double desc, asin, site
limit {{ count }}
