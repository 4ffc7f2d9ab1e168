{#- The relative change of each column's mean; against 1 where the mean was 0. -#}
{% for column in columns %}
{{ 'union all ' | sql if not loop.first else '' | sql }}select {{ column | lit }}, abs(now - base) / case when base = 0 then 1 else abs(base) end
from (
    select
        (select avg({{ column | ident }}::double) filter (isfinite({{ column | ident }}::double)) from {{ current }}) as now,
        (select avg({{ column | ident }}::double) filter (isfinite({{ column | ident }}::double)) from {{ baseline }}) as base
)
{% endfor %}
order by 1
