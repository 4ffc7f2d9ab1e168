{# The token fact's rows of today: one per recommended product.
   today: in London; dataset, name: the recommendations' table. #}
create table if not exists {{ table("AIM", "aim_token_fact") }} (
    snapshot_date date, "Manufacturer" varchar, "Make" varchar, "Model" varchar, "Vehicle" varchar,
    "Size" varchar, "Segment" varchar, "Category" varchar, "Model_Name" varchar, "OE" varchar,
    has_oe boolean, sku bigint, token_position bigint, token_bucket varchar, is_hotbox boolean,
    hotbox_n bigint, "CAM" varchar, "CAMSource" varchar, distinct_sku_count bigint
);

delete from {{ table("AIM", "aim_token_fact") }} where snapshot_date = {{ today | lit(type="date") }};

insert into {{ table("AIM", "aim_token_fact") }}
with
{% include "aim/token_rows.sql" %}
keyed as (
    select *, upper(vehicle_key(make || model || width || profile || rim)) as cam from token_rows
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from keyed
    group by all
)

select
    {{ today | lit(type="date") }},
    manufacturer, keyed.make, keyed.model, vehicle, size, segment, category, model_name, oe,
    oe is not null and oe <> '',
    product_id,
    token_position,
    if(token_position <= 4, 'Hotbox ' || token_position, 'Waves'),
    token_position <= 4,
    if(token_position <= 4, token_position, null),
    cam,
    if(cam in (select cam from manual_cams), 'manual', 'AIM'),
    distinct_sku_count
from keyed
join counted
    on counted.make is not distinct from keyed.make
    and counted.model is not distinct from keyed.model
    and counted.width is not distinct from keyed.width
    and counted.profile is not distinct from keyed.profile
    and counted.rim is not distinct from keyed.rim
order by vehicle, size, token_position;
