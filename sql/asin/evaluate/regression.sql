{#- How far numbers are from what came. -#}
with items as (
    select {{ label | ident }}::double as label, {{ score | ident }}::double as score
    from {{ source }}
    where {{ condition | sql }}
)
select
    count(*) as n,
    avg((score - label) ** 2) as mse,
    sqrt(mse) as rmse,
    avg(abs(score - label)) as mae,
    1 - sum((score - label) ** 2) / nullif(sum((label - (select avg(label) from items)) ** 2), 0) as r2
from items
