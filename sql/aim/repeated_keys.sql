{# Keeps aside the rows of a table whose key stands more than once with other values (D-07: they multiplied the
   rows that met them); a key that is repeated as it is does no harm.
   dataset, name: the table; column: the key's; key: what rows are joined by; values: the columns that may
   differ; run_id. #}
insert into {{ table("AIM", "aim-rejected-rows") }}
with

keyed as (
    select
        {{ key | sql }} as repeated_key,
        {
            {{ column | lit }}: {{ column | ident }}{% for value in values %},
            {{ value | lit }}: {{ value | ident }}{% endfor %}

        } as content,
        row({% for value in values %}{{ value | ident }}{{ "" | sql if loop.last else ", " | sql }}{% endfor %}) as said
    from {{ table(dataset, name) }}
)

select
    {{ run_id | lit }},
    {{ name | lit }},
    {{ (column ~ " stands more than once with other values: one of them counts") | lit }},
    cast(to_json(content) as varchar)
from keyed
where repeated_key in (select repeated_key from keyed group by repeated_key having count(distinct said) > 1)
order by repeated_key;
