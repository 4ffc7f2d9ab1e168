{# The sales file as it is: nine columns by position, all text. Later statements cast what they use.
   path: the file; skip: blank lines it begins with; header: whether the next names the columns; run_id. #}
{% from "aim/csv.sql" import csv_rows %}
create schema if not exists {{ "nexus_tyrescore" | ident }};

create or replace table {{ table("nexus_tyrescore", "CarMakeModelSales") }} as
select *
from {{ csv_rows(
    path,
    ["ProductId", "CarMake", "CarModel", "Width", "Profile", "Rim", "Orders", "Units", "AvgPrice"],
    skip,
    header,
) }};

{# Cells that are not what they should be: the rows are loaded, and count as this says. #}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'CarMakeModelSales',
    case
        when "ProductId" is null or not regexp_full_match("ProductId", '[0-9]+')
            then 'ProductId is no whole number and meets no tyre'
        else 'CarMake or CarModel is missing: sold for no vehicle'
    end,
    cast(to_json(sales) as varchar)
from {{ table("nexus_tyrescore", "CarMakeModelSales") }} as sales
where "ProductId" is null or not regexp_full_match("ProductId", '[0-9]+')
    or "CarMake" is null or "CarModel" is null;

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
