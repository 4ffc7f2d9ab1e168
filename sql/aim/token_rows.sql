{# Included: the products of the recommendations, one row each, with vehicle and product data.
   Positions 1-4 are the hotboxes, 5-20 the first 16 of the others: the layouts that hold them have 20
   places, so SKU17 to SKU20 do not take part. dataset, name: the recommendations' table. #}
mapping as (
    select
        vehicle_key(vehicle) as key,
        "CarMake" as make, "CarModel" as model, "Segment" as segment, "Category" as category
    from {{ table("AIM", "aim-vehiclemapping") }}
    qualify row_number() over (partition by key order by make, model, segment, category) = 1
),

product_names as (
    select
        safe_int(cast("Product_ID" as varchar)) as product_id,
        cast("Manufacturer" as varchar) as manufacturer,
        cast("Model_Name" as varchar) as model_name,
        cast("OE" as varchar) as oe
    from {{ table("AIM", "aim-catalogue") }}
    qualify row_number() over (partition by product_id order by manufacturer, model_name, oe) = 1
),

positions as (
    select
        "Vehicle" as vehicle,
        "Size" as size,
        "HB1" as hb1,
        unnest([
            "HB1", "HB2", "HB3", "HB4",
{% for n in range(1, 17) %}
            "SKU{{ n }}"{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
        ]) as token,
        unnest(range(1, 21)) as token_position
    from {{ table(dataset, name) }}
),

token_rows as (
    select
        vehicle,
        size,
        hb1,
        token_position,
        safe_int(token) as product_id,
        mapping.key is not null as is_mapped,
        make, model, segment, category, manufacturer, model_name, oe,
        nullif(regexp_extract(size, '^[0-9]+'), '') as width,
        nullif(regexp_extract(size, '/([0-9]+)\s', 1), '') as profile,
        nullif(regexp_extract(size, 'R([0-9]+)$', 1), '') as rim
    from positions
    left join mapping on mapping.key = vehicle_key(vehicle)
    left join product_names on product_names.product_id = safe_int(token)
    where safe_int(token) is not null
),

{# One normal form of a CAM everywhere: lower case, a-z and 0-9 kept, upper case (D-34: there were
   three, and manual CAMs with a dash never matched). #}
manual_cams as (
    select distinct upper(vehicle_key("CAM")) as cam from {{ table("AIM", "aim-manual-cams") }}
),
