{# The token fact's rows of today: one per recommended product.
   today: in London; dataset, name: the recommendations' table; choices. #}
{% from dialect import integer, regexp_remove, stored_by, text, unpivot, vehicle_key %}
{% from "aim/places.sql" import products %}
create table if not exists {{ table("AIM", "aim_token_fact") }} (
    snapshot_date date, Manufacturer {{ text }}, Make {{ text }}, Model {{ text }}, Vehicle {{ text }},
    Size {{ text }}, Segment {{ text }}, Category {{ text }}, Model_Name {{ text }}, OE {{ text }},
    has_oe boolean, sku {{ integer }}, token_position {{ integer }}, token_bucket {{ text }}, is_hotbox boolean,
    hotbox_n {{ integer }}, CAM {{ text }}, CAMSource {{ text }}, distinct_sku_count {{ integer }}
);

{% if choices.replace_day %}
delete from {{ table("AIM", "aim_token_fact") }} where snapshot_date = {{ today | lit(type="date") }};

{% endif %}
{% set only = "true" %}
{# A table of its own: of one that is whole, the engine tells products apart in several threads. #}
create or replace temp table token_cams as
with
{% include "aim/cams.sql" %}
described as (
    select
        cams.*,
        {% if choices.one_cam_form %}
        upper({{ vehicle_key("cam_text") }}) as cam,
        {% else %}
        upper({{ regexp_remove("cam_text", "\\s+") }}) as cam,
        {% endif %}
        {% if choices.find_manual_tokens %}
        upper({{ vehicle_key("cam_text") }}) as manual_key,
        {% else %}
        upper({{ regexp_remove("cam_text", "[^a-z0-9]") }}) as manual_key,
        {% endif %}
        distinct_sku_count
    from cams
    join counted using (cam_number)
)

select *, if(manual_key in (select cam from manual_cams), 'manual', 'AIM') as cam_source
from described
{# Neighbours are alike, which stores well. #}
{{ stored_by("vehicle, size") }};

insert into {{ table("AIM", "aim_token_fact") }}
with
{% include "aim/product_names.sql" %}
tokens as (
    select *
    from {{ unpivot(
        "token_cams" | sql,
        ["vehicle", "size", "make", "model", "segment", "category", "cam", "cam_source", "distinct_sku_count"],
        products, "product_id", "token_position",
    ) }}
    where product_id is not null
)

select
    {{ today | lit(type="date") }},
    manufacturer, make, model, vehicle, size, segment, category, model_name, oe,
    oe is not null and oe <> '',
    tokens.product_id,
    token_position,
    if(token_position <= 4, 'Hotbox ' || cast(token_position as {{ text }}), 'Waves'),
    token_position <= 4,
    if(token_position <= 4, token_position, null),
    cam,
    cam_source,
    distinct_sku_count
from tokens
left join product_names on product_names.product_id = tokens.product_id;

drop table token_cams;
