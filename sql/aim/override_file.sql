{# The override file's rows of today: one per vehicle and size with a first hotbox.
   today: in London; dataset, name: the recommendations' table; choices. #}
{% from dialect import first_by, regexp_remove, stored_by, vehicle_key %}
{% include "aim/override_file_table.sql" %}

{% if choices.replace_day %}
delete from {{ table("AIM", "AIM-override-file") }} where Today = {{ today | lit(type="date") }};

{% endif %}
insert into {{ table("AIM", "AIM-override-file") }}
with
{% include "aim/token_rows.sql" %}
named as (
    select
        *,
        lower(
            'aim-' || {{ regexp_remove("make", "\\s+") }} || '-' || {{ regexp_remove("model", "\\s+") }}
            || '-' || width || '-' || profile || '-' || rim
        ) as takeover_name,
        upper({{ vehicle_key("make || model || width || profile || rim") }}) as cam
    from token_rows
    where hb1 is not null and hb1 <> '0'
),

counted as (
    select make, model, width, profile, rim, count(distinct product_id) as distinct_sku_count
    from named
    group by make, model, width, profile, rim
)

select
    {{ today | lit(type="date") }},
    make, model, width, profile, rim,
    max(if(token_position = 1, product_id, null)),
    takeover_name,
    '',
{% for n in range(2, 5) %}
    max(if(token_position = {{ n }}, product_id, null)), '',
{% endfor %}
    'UK', '', 4,
{% for n in range(5, 21) %}
    max(if(token_position = {{ n }}, product_id, null)), '',
{% endfor %}
    {# Of the first place that has one (D-08: of any). #}
    {{ first_by("manufacturer", "token_position") }},
    {{ first_by("model_name", "token_position") }},
    {{ first_by("oe", "token_position") }},
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
{{ stored_by("vehicle, size") }};
