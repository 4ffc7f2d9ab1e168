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
{% set only = "is_mapped" if choices.mapped_only else "true" %}
insert into {{ table("AIM", "aim-analysis-table") }}
with
{% include "aim/cams.sql" %}
labels as (
    select
        product_id,
        max(
            coalesce(manufacturer, '') || '-' || coalesce(model_name, '') || '-' || cast(product_id as {{ text }})
        ) as label
    from product_names
    group by product_id
),

labelled as (
    select
        cams.*,
        upper({{ vehicle_key("cam_text") }}) as cam,
{% for n in range(1, 21) %}
        coalesce(label_{{ n }}.label, '--' || cast(product_{{ n }} as {{ text }})) as label_{{ n }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    from cams
{% for n in range(1, 21) %}
    left join labels as label_{{ n }} on label_{{ n }}.product_id = product_{{ n }}
{% endfor %}
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
{% for n in range(1, 21) %}
    max(label_{{ n }}),
{% endfor %}
    segment,
    category,
    cam,
    {# A CAM that lacks a part has no count. #}
    if(cam is null, null, any_value(distinct_sku_count)),
    {% if choices.one_cam_form %}
    if(cam in (select cam from manual_cams), 'manual', 'AIM')
    {% else %}
    if(cam in (select cam_without_blanks from manual_cams), 'manual', 'AIM')
    {% endif %}
from labelled
join counted using (cam_number)
group by make, model, width, profile, rim, segment, category, cam
{{ stored_by("make, model, width, profile, rim") }};
