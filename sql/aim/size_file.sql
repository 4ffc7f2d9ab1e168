{# The size file's rows of today, from the newest override file: the most frequent products of each
   size on 60 slots, the four best twice. today: in London; review: 30 days later; choices. #}
{% from dialect import decimal, numbers, stored_by, text, unpivot %}
{% set places = ["SKU", "SKU2", "SKU3", "SKU4", "SKU5", "SKU6", "SKU7", "SKU8", "SKU9", "SKU10", "SKU11",
    "SKU12", "SKU13", "SKU14", "SKU15", "SKU16", "SKU17", "SKU18", "SKU19", "SKU20"] %}
{% if not choices.size_file_last %}
{# Nothing has written it before the first run. #}
{% include "aim/override_file_table.sql" %}

{% endif %}
create table if not exists {{ table("AIM", "AIM-override-file-size") }} (
    product_id {{ text }}, slot_number {{ decimal }}, Rationale {{ text }}, Initiative {{ text }},
    Notes {{ text }}, Start_date date, Review_date date, Brand {{ text }}, Size {{ text }}
);

{% if choices.replace_day %}
delete from {{ table("AIM", "AIM-override-file-size") }} where Start_date = {{ today | lit(type="date") }};

{% endif %}
insert into {{ table("AIM", "AIM-override-file-size") }}
with

newest as (
    select * from {{ table("AIM", "AIM-override-file") }}
    where Today = (select max(Today) from {{ table("AIM", "AIM-override-file") }})
),

products as (
    select Width as width, Profile as profile, Rim as rim, cast(product as {{ text }}) as product_id
    from {{ unpivot("newest" | sql, ["Width", "Profile", "Rim"], places, "product", "place") }}
),

counted as (
    select width, profile, rim, product_id, count(*) as occurrences
    from products
    where length(product_id) >= 8
    group by width, profile, rim, product_id
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
        case
            when slot = 9 then 1
            when slot = 13 then 2
            when slot = 17 then 3
            when slot = 21 then 4
            when slot > 21 then slot - 4
            when slot > 17 then slot - 3
            when slot > 13 then slot - 2
            when slot > 9 then slot - 1
            else slot
        end as rank
    from {{ numbers(1, 60, "slot") }}
),

brands as (
    {% if choices.one_row_per_key %}
    select cast(SKU as {{ text }}) as sku, min(Brand) as brand
    from {{ table("Reference_Tables", "Product_catalogue_with_price") }}
    group by SKU
    {% else %}
    select cast(SKU as {{ text }}) as sku, Brand as brand
    from {{ table("Reference_Tables", "Product_catalogue_with_price") }}
    {% endif %}
)

select
    product_id,
    cast(slot as {{ decimal }}) + cast('0.001' as {{ decimal }}),
    'AIM_Size', 'AIM_Size', 'AIM_Size',
    {{ today | lit(type="date") }},
    {{ review | lit(type="date") }},
    brand,
    width || '/' || profile || ' R' || rim
from ranked
join slots on slots.rank = ranked.rank
join brands on brands.sku = product_id
where brand is not null and width || profile || rim is not null
{{ stored_by("width || '/' || profile || ' R' || rim, slot") }};
