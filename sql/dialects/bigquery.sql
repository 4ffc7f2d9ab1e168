{# What BigQuery says in its own way. duckdb.sql has a twin of the same name and meaning for each. Expressions
   are handed over as SQL text. #}

{% set text = "string" | sql %}
{% set integer = "int64" | sql %}
{% set number = "float64" | sql %}
{% set decimal = "numeric" | sql %}

{# The safe cast of a text to a whole number. Spelled out, because engines that stand in for BigQuery also
   take decimals and exponents. #}
{% macro safe_int(x) -%}
if(
    regexp_contains({{ x | sql }}, r'^\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*$'),
    safe_cast(trim({{ x | sql }}) as int64),
    null
)
{%- endmacro %}

{# A text as a number; NULL where it is none. #}
{% macro try_number(x) -%}
safe_cast({{ x | sql }} as float64)
{%- endmacro %}

{# The part of a tyre's size that two spellings are compared by, with so many capitals before the rim at most. #}
{% macro tyre_size_part(x, letters) -%}
regexp_extract({{ x | sql }}, r'^([0-9]+/[0-9]+\s*[A-Z]{0,{{ letters }}}[0-9]+)')
{%- endmacro %}

{# What a tyre's labels are worth together. Added up in the order of tyre_rank(), so that both give the same. #}
{% macro tyre_rank(award, fuel, noise, oe, wet_grip) -%}
case {{ award | sql }} when 'Award' then 10e0 else 0e0 end
    + case {{ fuel | sql }} when 'A' then 10e0 when 'B' then 9e0 when 'C' then 5e0 when 'D' then 2.5e0 when 'E' then 1e0 else 0e0 end
    + case
        when ends_with({{ noise | sql }}, '-A') then 10e0
        when ends_with({{ noise | sql }}, '-B') then 5e0
        when ends_with({{ noise | sql }}, '-C') then 1e0
        else 0e0
    end * 0.1e0
    + case {{ oe | sql }} when 'Yes' then 10e0 else 0e0 end
    + case {{ wet_grip | sql }} when 'A' then 10e0 when 'B' then 9e0 when 'C' then 5e0 when 'D' then 2.5e0 when 'E' then 1e0 else 0e0 end * 0.5e0
{%- endmacro %}

{# The tier of a percentile, 1 to 100, of that. #}
{% macro tyre_tier(percentile) -%}
case
    when {{ percentile | sql }} <= 25 then '1.BEST TYRE SCORE'
    when {{ percentile | sql }} <= 50 then '2.BETTER TYRE SCORE'
    when {{ percentile | sql }} <= 75 then '3.GOOD TYRE SCORE'
    when {{ percentile | sql }} <= 90 then '4.FAIR TYRE SCORE'
    else 'Unclassified'
end
{%- endmacro %}

{# Lower case, a-z and 0-9 only: what vehicles are joined on. #}
{% macro vehicle_key(x) -%}
regexp_replace(lower({{ x | sql }}), r'[^a-z0-9]', '')
{%- endmacro %}

{# What the pattern's one group matches first; NULL without a match. #}
{% macro regexp_extract(x, pattern) -%}
regexp_extract({{ x | sql }}, {{ pattern | lit }})
{%- endmacro %}

{# Whether the pattern matches anywhere. #}
{% macro regexp_contains(x, pattern) -%}
regexp_contains({{ x | sql }}, {{ pattern | lit }})
{%- endmacro %}

{# Without whatever the pattern matches. #}
{% macro regexp_remove(x, pattern) -%}
regexp_replace({{ x | sql }}, {{ pattern | lit }}, '')
{%- endmacro %}

{# A figure with twelve decimals, that sums exactly; NULL where it is none. #}
{% macro exact(x) -%}
round(safe_cast({{ x | sql }} as bignumeric), 12)
{%- endmacro %}

{# A text of digits, 20260315, as a date. #}
{% macro parse_day(x) -%}
parse_date('%Y%m%d', {{ x | sql }})
{%- endmacro %}

{# The text under a key, in a list of keys and values. #}
{% macro parameter(list, key) -%}
(
    select p.value.string_value
    from unnest({{ list | sql }}) as p with offset as place
    where p.key = {{ key | lit }}
    order by place
    limit 1
)
{%- endmacro %}

{# What to select from: the rows of a table, once for each element of its column `list`. #}
{% macro each_of(source, list, element) -%}
{{ source }}, unnest({{ list | ident }}) as {{ element | ident }}
{%- endmacro %}

{# What to select from: the columns `kept` of a table, once for each of its columns `columns`, with the value
   of that column as `value` and its place, from 1 on, as `place`. #}
{% macro unpivot(source, kept, columns, value, place) -%}
(
    select
{% for column in kept %}
        {{ column | ident }},
{% endfor %}
        {{ value | ident }},
        place + 1 as {{ place | ident }}
    from {{ source }}, unnest([
{% for column in columns %}
        {{ column | ident }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    ]) as {{ value | ident }} with offset as place
)
{%- endmacro %}

{# What to select from: the whole numbers from one to another, both included. #}
{% macro numbers(first, last, name) -%}
unnest(generate_array({{ first }}, {{ last }})) as {{ name | ident }}
{%- endmacro %}

{# Whether a text is one of a list that somebody chose. #}
{% macro one_of(x, values) -%}
{{ x | sql }} in unnest({{ values | bind(type="string") }})
{%- endmacro %}

{# The order rows are stored in: none. #}
{% macro stored_by(columns) -%}
{%- endmacro %}
