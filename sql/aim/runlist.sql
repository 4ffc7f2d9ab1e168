{# The CAMs to ask for, in order of priority: rows with a vehicle and a size, by rank where there is
   one (not numeric last), else in file order.
   path; skip: blank lines it begins with; columns: the header's; vehicle, size, rank (or none): the wanted
   columns' names; total; choices. #}
{% from "aim/csv.sql" import csv_rows %}
{% macro trimmed(text) -%}
regexp_replace({{ text | sql }}, '^\s+|\s+$', '', 'g')
{%- endmacro %}
create or replace temp table runlist_rows as
with

cells as (
    select
        {{ vehicle | ident }} as vehicle,
        {{ size | ident }} as size,
        {% if rank is none or not choices.sort_runlist %}
        null::double as rank,
        false as is_unranked,
        {% else %}
        try_cast(trim({{ rank | ident }}) as double) as number,
        if(isnan(number), null, number) as rank,
        {{ rank | ident }} is not null and rank is null as is_unranked,
        {% endif %}
        row_number() over () as line
    from {{ csv_rows(path, columns, skip, true) }}
),

missing as (
    select unnest([
        '', 'nan', '-nan', 'none', 'na', 'n/a', '#n/a', '#n/a n/a', '#na', '<na>', 'null', '-1.#ind', '1.#ind',
        '-1.#qnan', '1.#qnan'
    ]) as text
)

select
    line,
    {% if choices.sort_runlist %}
    {{ trimmed("vehicle") }} as vehicle,
    {{ trimmed("size") }} as size,
    {% else %}
    vehicle,
    size,
    {% endif %}
    rank,
    is_unranked,
    lower({{ trimmed("coalesce(vehicle, '')") }}) in (from missing)
        or lower({{ trimmed("coalesce(size, '')") }}) in (from missing) as is_incomplete
from cells;

create or replace temp table runlist as
select
    row_number() over (order by rank nulls last, line) - 1 as idx,
    vehicle,
    size,
    line
from runlist_rows
where not is_incomplete
qualify idx < {{ total }}
order by idx;
