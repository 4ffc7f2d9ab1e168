{# Included: the products of the recommendations, one row each, with vehicle and product data.
   Positions 1-4 are the hotboxes, 5-20 the first 16 of the others: the layouts that hold them have 20
   places, so SKU17 to SKU20 do not take part. dataset, name: the recommendations' table; choices. #}
{% from dialect import regexp_extract, regexp_remove, safe_int, text, unpivot, vehicle_key %}
{% set places = ["HB1", "HB2", "HB3", "HB4", "SKU1", "SKU2", "SKU3", "SKU4", "SKU5", "SKU6", "SKU7", "SKU8",
    "SKU9", "SKU10", "SKU11", "SKU12", "SKU13", "SKU14", "SKU15", "SKU16"] %}
mapping as (
    select
        {{ vehicle_key("vehicle") }} as mapping_key,
        CarMake as make, CarModel as model, Segment as segment, Category as category
    from {{ table("AIM", "aim-vehiclemapping") }}
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by {{ vehicle_key("vehicle") }}
        order by CarMake nulls last, CarModel nulls last, Segment nulls last, Category nulls last
    ) = 1
    {% endif %}
),

product_texts as (
    select
        {{ safe_int("cast(Product_ID as " ~ text ~ ")") }} as product_id,
        cast(Manufacturer as {{ text }}) as manufacturer,
        cast(Model_Name as {{ text }}) as model_name,
        cast(OE as {{ text }}) as oe
    from {{ table("AIM", "aim-catalogue") }}
),

product_names as (
    select * from product_texts
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by product_id order by manufacturer nulls last, model_name nulls last, oe nulls last
    ) = 1
    {% endif %}
),

positions as (
    select
        Vehicle as vehicle,
        Size as size,
        HB1 as hb1,
        token_position,
        {{ safe_int("token") }} as product_id
    from {{ unpivot(table(dataset, name), ["Vehicle", "Size", "HB1"], places, "token", "token_position") }}
),

token_rows as (
    select
        vehicle,
        size,
        hb1,
        token_position,
        positions.product_id,
        mapping_key is not null as is_mapped,
        make, model, segment, category, manufacturer, model_name, oe,
        {{ regexp_extract("size", "^([0-9]+)") }} as width,
        {{ regexp_extract("size", "/([0-9]+)\\s") }} as profile,
        {{ regexp_extract("size", "R([0-9]+)$") }} as rim
    from positions
    left join mapping on mapping_key = {{ vehicle_key("vehicle") }}
    left join product_names on product_names.product_id = positions.product_id
    where positions.product_id is not null
),

manual_cams as (
    select
        upper({{ vehicle_key("CAM") }}) as cam,
        upper({{ regexp_remove("CAM", "\\s+") }}) as cam_without_blanks
    from {{ table("AIM", "aim-manual-cams") }}
),
