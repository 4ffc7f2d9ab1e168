{# The CAMs to ask for, in order of priority: rows with a vehicle and a size, by rank where there is
   one (not numeric last), else in file order. Rows without a vehicle or a size are left out (D-10: one
   blank cell made a whole batch fail).
   path; columns: the header's; vehicle, size, rank (or none): the wanted columns' names; total; choices. #}
{% from "aim/csv.sql" import csv_rows %}
{% macro trimmed(text) -%}
regexp_replace({{ text | sql }}, '^\s+|\s+$', '', 'g')
{%- endmacro %}
create or replace temp table runlist as
with cells as (
    select
        {{ vehicle | ident }} as vehicle,
        {{ size | ident }} as size,
        {% if rank is none or not choices.sort_runlist %}
        null::double as rank
        {% else %}
        try_cast(trim({{ rank | ident }}) as double) as rank
        {% endif %}
    from {{ csv_rows(path, columns, true) }}
),
rows as (
    select *, row_number() over () as line from cells
),
missing as (
    select unnest([
        '', 'nan', '-nan', 'none', 'na', 'n/a', '#n/a', '#n/a n/a', '#na', '<na>', 'null', '-1.#ind', '1.#ind',
        '-1.#qnan', '1.#qnan'
    ]) as text
)
select
    row_number() over (order by rank is null or isnan(rank), rank, line) - 1 as idx,
    {% if choices.sort_runlist %}
    {{ trimmed("vehicle") }} as vehicle,
    {{ trimmed("size") }} as size,
    {% else %}
    vehicle,
    size,
    {% endif %}
    line
from rows
where lower({{ trimmed("coalesce(vehicle, '')") }}) not in (from missing)
    and lower({{ trimmed("coalesce(size, '')") }}) not in (from missing)
qualify idx < {{ total }}
order by idx;
