{#- Which columns of texts hold nothing but numbers. -#}
select name from (
    {% for column in columns %}
    select {{ column | lit }} as name, count(*) as bad from {{ source }}
    where trim({{ column | ident }}) <> '' and try_cast(trim({{ column | ident }}) as double) is null
    {{ 'union all' | sql if not loop.last else '' | sql }}
    {% endfor %}
)
where bad = 0
