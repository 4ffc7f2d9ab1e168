{# What is merged into CAM_SKU: ids of 7 or 8 digits, everything else missing.
   last_modified: the run's beginning; choices. #}
{% macro product(column) -%}
{% if choices.product_ids_only %}
if(regexp_full_match(trim({{ column | ident }}), '[0-9]{7,8}'), trim({{ column | ident }}), null) as {{ column | ident }}
{%- else %}
if(trim({{ column | ident }}) in ('', '-', 'FormatError'), null, trim({{ column | ident }})) as {{ column | ident }}
{%- endif %}
{%- endmacro %}
create schema if not exists {{ "CAM_files" | ident }};

create or replace table {{ table("CAM_files", "CAM_SKU_staging") }} as
select
    trim(regexp_replace("Vehicle", '\s+', ' ', 'g')) as "Vehicle",
    trim(regexp_replace("Size", '\s+', ' ', 'g')) as "Size",
{% for n in range(1, 5) %}
    {{ product("HB" ~ n) }},
{% endfor %}
{% for n in range(1, 21) %}
    {{ product("SKU" ~ n) }},
{% endfor %}
    cast({{ last_modified | lit }} as timestamptz) as last_modified
from aim_run.aim_data;
