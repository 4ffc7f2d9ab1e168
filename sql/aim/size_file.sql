{# The size file's rows of today, from the newest override file: the most frequent products of each
   size on 60 slots, the four best twice. today: in London; review: 30 days later. #}
create table if not exists {{ table("AIM", "AIM-override-file-size") }} (
    product_id varchar, slot_number decimal(38, 9), "Rationale" varchar, "Initiative" varchar,
    "Notes" varchar, "Start_date" date, "Review_date" date, "Brand" varchar, "Size" varchar
);

delete from {{ table("AIM", "AIM-override-file-size") }} where "Start_date" = {{ today | lit(type="date") }};

insert into {{ table("AIM", "AIM-override-file-size") }}
with

newest as (
    select * from {{ table("AIM", "AIM-override-file") }}
    where "Today" = (select max("Today") from {{ table("AIM", "AIM-override-file") }})
),

products as (
    select
        "Width" as width, "Profile" as profile, "Rim" as rim,
        cast(unnest([
            "SKU",
{% for n in range(2, 21) %}
            "SKU{{ n }}"{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
        ]) as varchar) as product_id
    from newest
),

counted as (
    select width, profile, rim, product_id, count(*) as occurrences
    from products
    where length(product_id) >= 8
    group by all
),

ranked as (
    select
        width, profile, rim, product_id,
        row_number() over (
            partition by width, profile, rim order by occurrences desc, product_id
        ) as rank
    from counted
),

{# Slots 9, 13, 17 and 21 repeat ranks 1 to 4; the ranks between them move up. #}
slots as (
    select
        slot,
        case slot
            when 9 then 1 when 13 then 2 when 17 then 3 when 21 then 4
            else slot - (slot > 9)::int - (slot > 13)::int - (slot > 17)::int - (slot > 21)::int
        end as rank
    from range(1, 61) as numbers(slot)
),

brands as (
    select cast("SKU" as varchar) as sku, min("Brand") as brand
    from {{ table("Reference_Tables", "Product_catalogue_with_price") }}
    group by all
)

select
    product_id,
    slot + 0.001,
    'AIM_Size', 'AIM_Size', 'AIM_Size',
    {{ today | lit(type="date") }},
    {{ review | lit(type="date") }},
    brand,
    width || '/' || profile || ' R' || rim as size
from ranked
join slots using (rank)
join brands on brands.sku = product_id
where brand is not null and width || profile || rim is not null
order by size, slot;
