{# The token fact's rows of today: one per recommended product.
   today: in London; dataset, name: the recommendations' table; choices. #}
{% from dialect import integer, regexp_remove, stored_by, text, vehicle_key %}
create table if not exists {{ table("AIM", "aim_token_fact") }} (
    snapshot_date date, Manufacturer {{ text }}, Make {{ text }}, Model {{ text }}, Vehicle {{ text }},
    Size {{ text }}, Segment {{ text }}, Category {{ text }}, Model_Name {{ text }}, OE {{ text }},
    has_oe boolean, sku {{ integer }}, token_position {{ integer }}, token_bucket {{ text }}, is_hotbox boolean,
    hotbox_n {{ integer }}, CAM {{ text }}, CAMSource {{ text }}, distinct_sku_count {{ integer }}
);

{% if choices.replace_day %}
delete from {{ table("AIM", "aim_token_fact") }} where snapshot_date = {{ today | lit(type="date") }};

{% endif %}
insert into {{ table("AIM", "aim_token_fact") }}
with
{% include "aim/token_rows.sql" %}
keyed as (
    select
        *,
        {% if choices.one_cam_form %}
        upper({{ vehicle_key("make || model || width || profile || rim") }}) as cam,
        {% else %}
        upper({{ regexp_remove("make || model || width || profile || rim", "\\s+") }}) as cam,
        {% endif %}
        {% if choices.find_manual_tokens %}
        upper({{ vehicle_key("make || model || width || profile || rim") }}) as manual_key
        {% else %}
        upper({{ regexp_remove("make || model || width || profile || rim", "[^a-z0-9]") }}) as manual_key
        {% endif %}
    from token_rows
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from keyed
    group by make, model, width, profile, rim
)

select
    {{ today | lit(type="date") }},
    manufacturer, keyed.make, keyed.model, vehicle, size, segment, category, model_name, oe,
    oe is not null and oe <> '',
    product_id,
    token_position,
    if(token_position <= 4, 'Hotbox ' || cast(token_position as {{ text }}), 'Waves'),
    token_position <= 4,
    if(token_position <= 4, token_position, null),
    cam,
    if(manual_key in (select cam from manual_cams), 'manual', 'AIM'),
    distinct_sku_count
from keyed
join counted
    on counted.make is not distinct from keyed.make
    and counted.model is not distinct from keyed.model
    and counted.width is not distinct from keyed.width
    and counted.profile is not distinct from keyed.profile
    and counted.rim is not distinct from keyed.rim
{{ stored_by("vehicle, size, token_position") }};
