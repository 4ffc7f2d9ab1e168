{# Merges the staging table into CAM_SKU: mapped vehicles and plain sizes (ddd/dd R dd) only.
   run_id: what is left out is kept under it, by reason (D-29: it was silently absent); choices. #}
{% macro place(n) -%}
{{ ("HB" ~ n if n <= 4 else "SKU" ~ (n - 4)) | sql }}
{%- endmacro %}
{% set plain_size = "'^\\s*([0-9]{3})\\s*/\\s*([0-9]{2})\\s*[A-Z]*\\s*R\\s*([0-9]{2})\\s*$'" %}
create table if not exists {{ table("CAM_files", "CAM_SKU") }} (
    "Make" varchar, "Model" varchar, "Width" varchar, "Profile" varchar, "Rim" varchar,
{% for n in range(1, 25) %}
    "SKU{{ n }}" varchar,
{% endfor %}
    last_modified timestamptz
);

create or replace temp table cam_sku_source as
with

mapping as (
    select vehicle_key(vehicle) as key, "CarMake" as make, "CarModel" as model
    from {{ table("AIM", "aim-vehiclemapping") }}
    {% if choices.one_row_per_key %}
    qualify row_number() over (partition by key order by make, model) = 1
    {% endif %}
),

staged as (
    select
        *,
        row_number() over () as line,
        regexp_extract(upper("Size"), {{ plain_size | sql }}, ['width', 'profile', 'rim']) as parts
    from {{ table("CAM_files", "CAM_SKU_staging") }}
)

select
    staged.*,
    make,
    model,
    case
        when make is null or model is null then 'vehicle has no make and model in aim-vehiclemapping'
        when parts.width = '' then 'size is not of the form ddd/dd R dd'
    end as left_out
from staged
left join mapping on mapping.key = vehicle_key("Vehicle");

insert into {{ table("AIM", "aim-rejected-rows") }}
select {{ run_id | lit }}, 'CAM_SKU', left_out, "Vehicle" || ' ' || "Size"
from cam_sku_source
where left_out is not null;

{# The table is written anew: the engine takes far longer to update rows in place. #}
create or replace table {{ table("CAM_files", "CAM_SKU") }} as
with

source as (
    select
        (upper(trim(make)), upper(trim(model)), parts.width, parts.profile, parts.rim) as key,
        *
    from cam_sku_source
    where left_out is null
    {# Several names of one vehicle: the one that stands first in the results (D-08: arbitrary). #}
    qualify row_number() over (partition by key order by line, make, model) = 1
),

target as (
    select
        (upper(trim("Make")), upper(trim("Model")), trim("Width"), trim("Profile"), trim("Rim")) as key,
        row_number() over () as line,
        *
    from {{ table("CAM_files", "CAM_SKU") }}
),

merged as (
    select
        1 as part,
        target.line,
        source.line is not null and (
            source.last_modified >= target.last_modified
{% if choices.update_timeless %}
            or target.last_modified is null
{% endif %}
        ) as is_replaced,
        if(is_replaced, source.make, target."Make") as "Make",
        if(is_replaced, source.model, target."Model") as "Model",
        target."Width", target."Profile", target."Rim",
{% for n in range(1, 25) %}
        if(is_replaced, coalesce(source."{{ place(n) }}", target."SKU{{ n }}"), target."SKU{{ n }}") as "SKU{{ n }}",
{% endfor %}
        if(is_replaced, source.last_modified, target.last_modified) as last_modified
    from target
    left join source on source.key = target.key

    union all

    select
        2, line, true, make, model, parts.width, parts.profile, parts.rim,
{% for n in range(1, 25) %}
        "{{ place(n) }}",
{% endfor %}
        last_modified
    from source
    where not exists (from target where target.key = source.key)
)

select * exclude (part, line, is_replaced) from merged order by part, line;

drop table cam_sku_source;
