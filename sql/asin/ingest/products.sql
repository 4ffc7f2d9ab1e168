{#- Products as they are now; when they were seen first stays. -#}
create or replace temp table arrived_products as
with products as (
    select
        asin,
        site,
        fetched_at,
        body,
        case json_type(body, '$.category_path')
            when 'ARRAY' then from_json(body -> 'category_path', '["varchar"]')
            when 'VARCHAR' then [body ->> 'category_path']
        end as category_path
    from answers
    where kind = 'core'
)
select
    p.asin,
    p.site,
    body ->> 'title' as title,
    body ->> 'brand' as brand,
    p.category_path,
    coalesce(body ->> 'category', body ->> 'category_id', p.category_path[-1]) as category,
    {% for column in ['title_length', 'bullet_count', 'image_count'] %}
    try_cast(body ->> {{ column | lit }} as double) as {{ column | ident }},
    {% endfor %}
    {% for column in ['has_material_attr', 'has_size_attr', 'has_use_case_attr', 'has_a_plus'] %}
    try_cast(body ->> {{ column | lit }} as boolean) as {{ column | ident }},
    {% endfor %}
    coalesce(old.first_seen, p.fetched_at) as first_seen,
    p.fetched_at as last_seen
from products p
left join {{ table(schema, 'dim_asin') }} old on old.asin = p.asin and old.site = p.site;

{% if partial -%}
{#- What this service does not know stays as it is. -#}
create or replace temp table arrived_products as
select
    new.asin,
    new.site,
    {% for column in ['title', 'brand', 'category_path', 'category', 'title_length', 'bullet_count', 'image_count',
        'has_material_attr', 'has_size_attr', 'has_use_case_attr', 'has_a_plus'] %}
    coalesce(new.{{ column | ident }}, old.{{ column | ident }}) as {{ column | ident }},
    {% endfor %}
    new.first_seen,
    new.last_seen
from arrived_products new
left join {{ table(schema, 'dim_asin') }} old on old.asin = new.asin and old.site = new.site;

{% endif -%}
delete from {{ table(schema, 'dim_asin') }} as old
where exists (select 1 from arrived_products new where new.asin = old.asin and new.site = old.site);

insert into {{ table(schema, 'dim_asin') }} by name select * from arrived_products
