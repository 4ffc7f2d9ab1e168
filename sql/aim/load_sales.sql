{# The sales file as it is: nine columns by position, all text. Later statements cast what they use.
   path: the file; header: whether its first line names the columns; run_id. #}
{% from "aim/csv.sql" import csv_rows %}
create schema if not exists {{ "nexus_tyrescore" | ident }};

create or replace table {{ table("nexus_tyrescore", "CarMakeModelSales") }} as
select *
from {{ csv_rows(
    path,
    ["ProductId", "CarMake", "CarModel", "Width", "Profile", "Rim", "Orders", "Units", "AvgPrice"],
    header,
) }};

{# Cells that are no numbers: the rows are loaded, and count as this says. #}
{% for column in ["Orders", "Units"] %}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'CarMakeModelSales',
    {{ (column ~ " is no whole number and counts as 0") | lit }},
    cast(to_json(sales) as varchar)
from {{ table("nexus_tyrescore", "CarMakeModelSales") }} as sales
where {{ column | ident }} is not null and safe_int({{ column | ident }}) is null;

{% endfor %}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'CarMakeModelSales',
    'AvgPrice is no number and counts as missing',
    cast(to_json(sales) as varchar)
from {{ table("nexus_tyrescore", "CarMakeModelSales") }} as sales
where "AvgPrice" is not null and coalesce(not isfinite(try_cast("AvgPrice" as double)), true);
