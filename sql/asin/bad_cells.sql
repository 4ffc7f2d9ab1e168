{#- Texts that are not what their column is for: how many in each column, and the first with its row. -#}
{%- macro column(name, type, what) %}
select
    {{ name | lit }} as name,
    {{ what | lit }} as wanted,
    {{ name | ident }}::varchar as value,
    concat_ws(', ', null::varchar{% for key in keys %}, {{ key | ident }}::varchar{% endfor %}) as row_key
from {{ source }}
where trim({{ name | ident }}) <> '' and try_cast(trim({{ name | ident }}) as {{ type | sql }}) is null
{%- endmacro %}
select name, wanted, count(*), arg_min(value, row_key), min(row_key)
from (
    {% for name in numbers %}
    {{ column(name, 'double', 'number') }}
    {{ 'union all' | sql if not loop.last or dates or flags else '' | sql }}
    {% endfor %}
    {% for name in dates %}
    {{ column(name, 'timestamp', 'date') }}
    {{ 'union all' | sql if not loop.last or flags else '' | sql }}
    {% endfor %}
    {% for name in flags %}
    {{ column(name, 'boolean', 'flag') }} and lower(trim({{ name | ident }})) <> 'nan'
    {{ 'union all' | sql if not loop.last else '' | sql }}
    {% endfor %}
)
group by name, wanted
order by name
