{# The results as they came, in the runlist's order. One that was repeated with success counts, not the
   one that failed. path: their file, a line of JSON each. #}
create schema if not exists aim_run;

create or replace table aim_run.results as
with lines as (
    select *
    from read_json(
        {{ path | lit }},
        format = 'newline_delimited',
        columns = {
            idx: 'bigint',
            vehicle: 'varchar',
            size: 'varchar',
            hotboxes: 'varchar[]',
            skus: 'varchar[]',
            success: 'boolean',
            error_code: 'varchar'
        }
    )
)

select
    idx,
    vehicle,
    size,
{% for n in range(1, 5) %}
    hotboxes[{{ n }}] as hb{{ n }},
{% endfor %}
    array_to_string(skus, ' ') as skus,
    success,
    error_code
from lines
where success or idx not in (select idx from lines where success)
order by idx;
