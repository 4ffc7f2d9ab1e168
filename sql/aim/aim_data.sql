{# The recommendations, one row per vehicle and size, in the runlist's order: the first of several.
   What failed is kept aside.
   dataset, name: the table; run_id; choices. #}
create schema if not exists {{ dataset | ident }};

create or replace table aim_run.aim_data as
with

repaired as (
    select
        idx,
        vehicle_size_repair(vehicle, size, {{ choices.extended_sizes }}) as cam,
        hb1, hb2, hb3, hb4,
        regexp_split_to_array(trim(skus), '\s+')[1:24] as skus
    from aim_run.results
    {% if choices.successes_only %}
    where success
    {% endif %}
),

{# The second and later places of a product become a dash. #}
squashed as (
    select
        idx,
        cam.vehicle as vehicle,
        cam.size as size,
        hb1, hb2, hb3, hb4,
        list_transform(
            skus,
            lambda sku, place: if(sku <> '' and sku <> '-' and list_position(skus, sku) < place, '-', sku)
        ) as skus
    from repaired
    where not contains(
        concat_ws(' ', cam.vehicle, cam.size, hb1, hb2, hb3, hb4, array_to_string(skus, ' ')), 'FormatError'
    )
)

select
    idx,
    vehicle as "Vehicle",
    size as "Size",
{% for n in range(1, 5) %}
    nullif(hb{{ n }}, '') as "HB{{ n }}",
{% endfor %}
{% for n in range(1, 21) %}
    nullif(skus[{{ n }}], '') as "SKU{{ n }}",
{% endfor %}
from squashed
qualify row_number() over (partition by vehicle, size order by idx) = 1
order by idx;

{% if choices.successes_only %}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'Waves',
    'no products: ' || coalesce(error_code, 'no reason given'),
    vehicle || ' ' || size
from aim_run.results
where not success
order by idx;

{% endif %}

create or replace table {{ table(dataset, name) }} as
select * exclude (idx) from aim_run.aim_data;
