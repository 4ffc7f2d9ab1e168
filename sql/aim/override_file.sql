{# The override file's rows of today: one per vehicle and size with a first hotbox.
   today: in London; dataset, name: the recommendations' table. #}
create table if not exists {{ table("AIM", "AIM-override-file") }} (
    "Today" date, "Make" varchar, "Model" varchar, "Width" varchar, "Profile" varchar, "Rim" varchar,
    "SKU" bigint, "TakeoverName" varchar, "RibbonName" varchar,
{% for n in range(2, 5) %}
    "SKU{{ n }}" bigint, "RibbonName{{ n }}" varchar,
{% endfor %}
    "Country" varchar, "Year" varchar, "CAMUSlot" bigint,
{% for n in range(5, 21) %}
    "SKU{{ n }}" bigint, "RibbonName{{ n }}" varchar,
{% endfor %}
    "Manufacturer" varchar, "ModelName" varchar, "OE" varchar, "Segment" varchar, "Category" varchar,
    "Size" varchar, "Vehicle" varchar, "CAM" varchar, distinct_sku_count bigint, "CAMSource" varchar
);

delete from {{ table("AIM", "AIM-override-file") }} where "Today" = {{ today | lit(type="date") }};

insert into {{ table("AIM", "AIM-override-file") }}
with
{% include "aim/token_rows.sql" %}
named as (
    select
        *,
        lower(
            'aim-' || regexp_replace(make, '\s+', '', 'g') || '-' || regexp_replace(model, '\s+', '', 'g')
            || '-' || width || '-' || profile || '-' || rim
        ) as takeover_name,
        upper(vehicle_key(make || model || width || profile || rim)) as cam
    from token_rows
    where hb1 is not null and hb1 <> '0'
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from named
    group by all
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
    max(product_id) filter (where token_position = 1),
    takeover_name,
    '',
{% for n in range(2, 5) %}
    max(product_id) filter (where token_position = {{ n }}), '',
{% endfor %}
    'UK', '', 4,
{% for n in range(5, 21) %}
    max(product_id) filter (where token_position = {{ n }}), '',
{% endfor %}
    {# Of the first place that has one (D-08: of any). #}
    arg_min(manufacturer, token_position),
    arg_min(model_name, token_position),
    arg_min(oe, token_position),
    segment,
    category,
    size,
    vehicle,
    cam,
    any_value(distinct_sku_count),
    if(cam in (select cam from manual_cams), 'manual', 'AIM')
from named
left join counted using (make, model, width, profile, rim)
group by make, model, width, profile, rim, takeover_name, segment, category, size, vehicle, cam
order by vehicle, size;
