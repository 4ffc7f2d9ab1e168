{# The analysis table's rows of today: one per CAM, its products as labels.
   Vehicles without a mapping are left out and kept aside (D-33: all of one size fell into one row).
   today: in London; run_id; dataset, name: the recommendations' table. #}
create table if not exists {{ table("AIM", "aim-analysis-table") }} (
    "Today" date, "Make" varchar, "Model" varchar, "Width" varchar, "Profile" varchar, "Rim" varchar,
    "SKU" varchar,
{% for n in range(2, 21) %}
    "SKU{{ n }}" varchar,
{% endfor %}
    "Segment" varchar, "Category" varchar, "CAM" varchar, distinct_sku_count bigint, "CAMSource" varchar
);

{# A second run on a day replaces the first (D-42: it doubled the rows). #}
delete from {{ table("AIM", "aim-analysis-table") }} where "Today" = {{ today | lit(type="date") }};

insert into {{ table("AIM", "aim-rejected-rows") }}
select {{ run_id | lit }}, 'aim-analysis-table', 'vehicle is not in aim-vehiclemapping', "Vehicle" || ' ' || "Size"
from {{ table(dataset, name) }}
where vehicle_key("Vehicle") not in (
    select vehicle_key(vehicle) from {{ table("AIM", "aim-vehiclemapping") }} where vehicle is not null
);

insert into {{ table("AIM", "aim-analysis-table") }}
with
{% include "aim/token_rows.sql" %}
labelled as (
    select
        *,
        coalesce(manufacturer, '') || '-' || coalesce(model_name, '') || '-' || product_id as label,
        upper(vehicle_key(make || model || width || profile || rim)) as cam
    from token_rows
    where is_mapped
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from labelled
    group by all
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
{% for n in range(1, 21) %}
    max(label) filter (where token_position = {{ n }}),
{% endfor %}
    segment,
    category,
    cam,
    any_value(distinct_sku_count),
    if(cam in (select cam from manual_cams), 'manual', 'AIM')
from labelled
left join counted using (make, model, width, profile, rim)
group by make, model, width, profile, rim, segment, category, cam
order by make, model, width, profile, rim;
