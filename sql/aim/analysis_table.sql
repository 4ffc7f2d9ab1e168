{# The analysis table's rows of today: one per CAM, its products as labels.
   today: in London; run_id; dataset, name: the recommendations' table; choices. #}
{% from dialect import integer, stored_by, text, vehicle_key %}
create table if not exists {{ table("AIM", "aim-analysis-table") }} (
    Today date, Make {{ text }}, Model {{ text }}, Width {{ text }}, Profile {{ text }}, Rim {{ text }},
    SKU {{ text }},
{% for n in range(2, 21) %}
    SKU{{ n }} {{ text }},
{% endfor %}
    Segment {{ text }}, Category {{ text }}, CAM {{ text }}, distinct_sku_count {{ integer }}, CAMSource {{ text }}
);

{% if choices.replace_day %}
delete from {{ table("AIM", "aim-analysis-table") }} where Today = {{ today | lit(type="date") }};

{% endif %}
{% if choices.mapped_only %}
insert into {{ table("AIM", "aim-rejected-rows") }}
select {{ run_id | lit }}, 'aim-analysis-table', 'vehicle is not in aim-vehiclemapping', Vehicle || ' ' || Size
from {{ table(dataset, name) }}
where {{ vehicle_key("Vehicle") }} not in (
    select {{ vehicle_key("vehicle") }} from {{ table("AIM", "aim-vehiclemapping") }} where vehicle is not null
);

{% endif %}
insert into {{ table("AIM", "aim-analysis-table") }}
with
{% include "aim/token_rows.sql" %}
labelled as (
    select
        *,
        coalesce(manufacturer, '') || '-' || coalesce(model_name, '') || '-' || cast(product_id as {{ text }}) as label,
        upper({{ vehicle_key("make || model || width || profile || rim") }}) as cam
    from token_rows
    {% if choices.mapped_only %}
    where is_mapped
    {% endif %}
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from labelled
    group by make, model, width, profile, rim
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
{% for n in range(1, 21) %}
    max(if(token_position = {{ n }}, label, null)),
{% endfor %}
    segment,
    category,
    cam,
    any_value(distinct_sku_count),
    {% if choices.one_cam_form %}
    if(cam in (select cam from manual_cams), 'manual', 'AIM')
    {% else %}
    if(cam in (select cam_without_blanks from manual_cams), 'manual', 'AIM')
    {% endif %}
from labelled
left join counted using (make, model, width, profile, rim)
group by make, model, width, profile, rim, segment, category, cam
{{ stored_by("make, model, width, profile, rim") }};
