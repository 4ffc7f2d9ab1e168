{#- The first of the keys that several rows have, and how many keys that are. -#}
select
    min(concat_ws(', ', {% for key in keys %}{{ key | ident }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %})),
    count(*)
from (
    select {% for key in keys %}{{ key | ident }}::{{ ('date' if key == 'dt' else 'varchar') | sql }} as {{ key | ident }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}

    from {{ source }}
    where {% for key in keys %}{{ key | ident }} is not null{{ ' and ' | sql if not loop.last else '' | sql }}{% endfor %}

    group by all
    having count(*) > 1
)
having count(*) > 0
