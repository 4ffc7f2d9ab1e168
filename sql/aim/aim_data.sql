{# The recommendations, one row per vehicle and size, in the runlist's order: the first of several.
   What failed, and what is no row for another reason, is kept aside.
   dataset, name: the table; run_id; choices. #}
create schema if not exists {{ dataset | ident }};

create or replace temp table answers as
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
),

checked as (
    select
        *,
        contains(concat_ws(' ', vehicle, size, hb1, hb2, hb3, hb4, array_to_string(skus, ' ')), 'FormatError')
            as is_broken
    from squashed
)

select
    *,
    row_number() over (partition by vehicle, size, is_broken order by idx) as place
from checked;

create or replace table aim_run.aim_data as
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
from answers
where not is_broken and place = 1
order by idx;

insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'Waves',
    if(is_broken, 'answer holds FormatError', 'vehicle and size stand earlier in the results'),
    vehicle || ' ' || size
from answers
where is_broken or place > 1
order by idx;

drop table answers;

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
