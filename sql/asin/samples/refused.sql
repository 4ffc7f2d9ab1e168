{#- Rows that cannot be learnt from: how many, and the first. -#}
select count(*), min(concat_ws(', ', {{ place | sql }})), arg_min({{ column | ident }}::varchar, concat_ws(', ', {{ place | sql }}))
from {{ source }}
where {{ condition | sql }} and ({{ bad | sql }})
having count(*) > 0
