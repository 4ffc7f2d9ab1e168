{# The override file's rows of today: one per vehicle and size with a first hotbox.
   today: in London; dataset, name: the recommendations' table; choices. #}
{% from dialect import regexp_remove, stored_by, vehicle_key %}
{% include "aim/override_file_table.sql" %}

{% if choices.replace_day %}
delete from {{ table("AIM", "AIM-override-file") }} where Today = {{ today | lit(type="date") }};

{% endif %}
{% set only = "hb1 is not null and hb1 <> '0'" %}
insert into {{ table("AIM", "AIM-override-file") }}
with
{% include "aim/cams.sql" %}
names as (
    select
        product_id,
        min(manufacturer) as manufacturer, min(model_name) as model_name, min(oe) as oe
    from product_names
    group by product_id
),

named as (
    select
        cams.*,
        lower(
            'aim-' || {{ regexp_remove("make", "\\s+") }} || '-' || {{ regexp_remove("model", "\\s+") }}
            || '-' || width || '-' || profile || '-' || rim
        ) as takeover_name,
        upper({{ vehicle_key("cam_text") }}) as cam,
        {# Of the first place that has one (D-08: of any). #}
{% for column in ["manufacturer", "model_name", "oe"] %}
        coalesce(
{% for n in range(1, 21) %}
            name_{{ n }}.{{ column | sql }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
        ) as {{ column | sql }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    from cams
{% for n in range(1, 21) %}
    left join names as name_{{ n }} on name_{{ n }}.product_id = product_{{ n }}
{% endfor %}
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
    max(product_1),
    takeover_name,
    '',
{% for n in range(2, 5) %}
    max(product_{{ n }}), '',
{% endfor %}
    'UK', '', 4,
{% for n in range(5, 21) %}
    max(product_{{ n }}), '',
{% endfor %}
    min(manufacturer),
    min(model_name),
    min(oe),
    segment,
    category,
    size,
    vehicle,
    cam,
    {# A CAM that lacks a part has no count. #}
    if(cam is null, null, any_value(distinct_sku_count)),
    if(cam in (select cam from manual_cams), 'manual', 'AIM')
from named
join counted using (cam_number)
group by make, model, width, profile, rim, takeover_name, segment, category, size, vehicle, cam
{{ stored_by("vehicle, size") }};
