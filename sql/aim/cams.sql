{# Included: the recommendations, one row each, with vehicle data and products by place; the number of
   different products of a CAM; what products are called.
   dataset, name: the recommendations' table; only: which of them, a condition; choices. #}
{% from dialect import regexp_extract, regexp_remove, safe_int, text, unpivot, vehicle_key %}
{% from "aim/places.sql" import places, products %}
mapping as (
    select
        {{ vehicle_key("vehicle") }} as mapping_key,
        CarMake as make, CarModel as model, Segment as segment, Category as category
    from {{ table("AIM", "aim-vehiclemapping") }}
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by {{ vehicle_key("vehicle") }}
        order by CarMake nulls last, CarModel nulls last, Segment nulls last, Category nulls last
    ) = 1
    {% endif %}
),

{% include "aim/product_names.sql" %}
manual_cams as (
    select
        upper({{ vehicle_key("CAM") }}) as cam,
        upper({{ regexp_remove("CAM", "\\s+") }}) as cam_without_blanks
    from {{ table("AIM", "aim-manual-cams") }}
),

recommended as (
    select
        Vehicle as vehicle,
        Size as size,
        HB1 as hb1,
        {{ vehicle_key("Vehicle") }} as recommended_key,
        {{ regexp_extract("Size", "^([0-9]+)") }} as width,
        {{ regexp_extract("Size", "/([0-9]+)\\s") }} as profile,
        {{ regexp_extract("Size", "R([0-9]+)$") }} as rim,
{% for place in places %}
        {{ safe_int(place) }} as product_{{ loop.index }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    from {{ table(dataset, name) }}
),

mapped as (
    select
        *,
        mapping_key is not null as is_mapped,
        make || model || width || profile || rim as cam_text
    from recommended
    left join mapping on mapping_key = recommended_key
    where coalesce({{ products | join(", ") | sql }}) is not null
),

cams as (
    select
        *,
        {# Of the five texts; a number is quicker to count by. #}
        dense_rank() over (order by make, model, width, profile, rim) as cam_number
    from mapped
    where {{ only | sql }}
),

counted as (
    select cam_number, count(distinct product_id) as distinct_sku_count
    from {{ unpivot("cams" | sql, ["cam_number"], products, "product_id", "token_position") }}
    group by cam_number
),
