{# Merges the staging table into CAM_SKU: mapped vehicles and plain sizes (ddd/dd R dd) only.
   run_id: what is left out is kept under it, by reason (D-29: it was silently absent); choices. #}
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

merge into {{ table("CAM_files", "CAM_SKU") }} as target
using (
    select
        make, model, parts.width as width, parts.profile as profile, parts.rim as rim,
{% for n in range(1, 5) %}
        "HB{{ n }}" as sku{{ n }},
{% endfor %}
{% for n in range(1, 21) %}
        "SKU{{ n }}" as sku{{ n + 4 }},
{% endfor %}
        last_modified
    from cam_sku_source
    where left_out is null
    {# Several names of one vehicle: the one that stands first in the results (D-08: arbitrary). #}
    qualify row_number() over (
        partition by upper(trim(make)), upper(trim(model)), width, profile, rim
        order by line, make, model
    ) = 1
) as source
on upper(trim(target."Make")) = upper(trim(source.make))
    and upper(trim(target."Model")) = upper(trim(source.model))
    and trim(target."Width") = source.width
    and trim(target."Profile") = source.profile
    and trim(target."Rim") = source.rim
when matched
    and (
        source.last_modified >= target.last_modified
{% if choices.update_timeless %}
        or target.last_modified is null
{% endif %}
    )
then update set
    "Make" = source.make,
    "Model" = source.model,
{% for n in range(1, 25) %}
    "SKU{{ n }}" = coalesce(source.sku{{ n }}, target."SKU{{ n }}"),
{% endfor %}
    last_modified = source.last_modified
when not matched then insert (
    "Make", "Model", "Width", "Profile", "Rim",
{% for n in range(1, 25) %}
    "SKU{{ n }}",
{% endfor %}
    last_modified
) values (
    source.make, source.model, source.width, source.profile, source.rim,
{% for n in range(1, 25) %}
    source.sku{{ n }},
{% endfor %}
    source.last_modified
);

drop table cam_sku_source;
