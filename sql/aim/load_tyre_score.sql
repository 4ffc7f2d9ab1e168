{# The tyre file, with its numbers as numbers. Rows without a whole product id are kept aside.
   path: the file; skip: blank lines it begins with; columns: its cleaned header; numbers: which of them are
   numbers; run_id; choices. #}
{% from "aim/csv.sql" import csv_rows %}
create schema if not exists {{ "nexus_tyrescore" | ident }};

create or replace temp table tyre_score_text as
select *
from {{ csv_rows(path, columns, skip, true) }}
{% if not choices.keep_first_row %}
offset 1
{% endif %}
;

create or replace table {{ table("nexus_tyrescore", "TyreScore") }} as
select
{% for column in columns %}
{% if column == "ProductId" %}
    safe_int("ProductId") as "ProductId",
{% elif column in numbers %}
    if(isfinite(try_cast({{ column | ident }} as double)), try_cast({{ column | ident }} as double), null)
        as {{ column | ident }},
{% else %}
    {{ column | ident }},
{% endif %}
{% endfor %}
from tyre_score_text
where safe_int("ProductId") is not null;

insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'TyreScore',
    'ProductId is no whole number',
    cast(to_json(tyre_score_text) as varchar)
from tyre_score_text
where safe_int("ProductId") is null;

{# Cells that are no numbers count as missing; the rows are loaded. #}
{% for column in numbers %}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'TyreScore',
    {{ (column ~ " is no number and counts as missing") | lit }},
    cast(to_json(tyre_score_text) as varchar)
from tyre_score_text
where {{ column | ident }} is not null
    and coalesce(not isfinite(try_cast({{ column | ident }} as double)), true);

{% endfor %}
drop table tyre_score_text;
