{# What DuckDB says in its own way. bigquery.sql has a twin of the same name and meaning for each. Expressions
   are handed over as SQL text. #}

{% set text = "varchar" | sql %}
{% set integer = "bigint" | sql %}
{% set number = "double" | sql %}
{% set decimal = "decimal(38, 9)" | sql %}

{# BigQuery's safe cast of a text to a whole number. #}
{% macro safe_int(x) -%}
safe_int({{ x | sql }})
{%- endmacro %}

{# A text as a number; NULL where it is none. #}
{% macro try_number(x) -%}
try_cast({{ x | sql }} as double)
{%- endmacro %}

{# The part of a tyre's size that two spellings are compared by, with so many capitals before the rim at most. #}
{% macro tyre_size_part(x, letters) -%}
tyre_size_part({{ x | sql }}, {{ letters }})
{%- endmacro %}

{# What a tyre's labels are worth together. #}
{% macro tyre_rank(award, fuel, noise, oe, wet_grip) -%}
tyre_rank({{ award | sql }}, {{ fuel | sql }}, {{ noise | sql }}, {{ oe | sql }}, {{ wet_grip | sql }})
{%- endmacro %}

{# The tier of a percentile, 1 to 100, of that. #}
{% macro tyre_tier(percentile) -%}
tyre_tier({{ percentile | sql }})
{%- endmacro %}

{# Lower case, a-z and 0-9 only: what vehicles are joined on. #}
{% macro vehicle_key(x) -%}
vehicle_key({{ x | sql }})
{%- endmacro %}

{# What the pattern's one group matches first; NULL without a match. #}
{% macro regexp_extract(x, pattern) -%}
nullif(regexp_extract({{ x | sql }}, {{ pattern | lit }}, 1), '')
{%- endmacro %}

{# Whether the pattern matches anywhere. #}
{% macro regexp_contains(x, pattern) -%}
regexp_matches({{ x | sql }}, {{ pattern | lit }})
{%- endmacro %}

{# Without whatever the pattern matches. #}
{% macro regexp_remove(x, pattern) -%}
regexp_replace({{ x | sql }}, {{ pattern | lit }}, '', 'g')
{%- endmacro %}

{# A figure with twelve decimals, that sums exactly; NULL where it is none. #}
{% macro exact(x) -%}
try_cast({{ x | sql }} as decimal(30, 12))
{%- endmacro %}

{# A text of digits, 20260315, as a date. #}
{% macro parse_day(x) -%}
cast(strptime({{ x | sql }}, '%Y%m%d') as date)
{%- endmacro %}

{# The text under a key, in a list of keys and values. #}
{% macro parameter(list, key) -%}
list_filter({{ list | sql }}, lambda p: p.key = {{ key | lit }})[1].value.string_value
{%- endmacro %}

{# What to select from: the rows of a table, once for each element of its column `list`. #}
{% macro each_of(source, list, element) -%}
(select *, unnest({{ list | ident }}) as {{ element | ident }} from {{ source }})
{%- endmacro %}

{# What to select from: the columns `kept` of a table, once for each of its columns `columns`, with the value
   of that column as `value` and its place, from 1 on, as `place`. #}
{% macro unpivot(source, kept, columns, value, place) -%}
(
    select
{% for column in kept %}
        {{ column | ident }},
{% endfor %}
        unnest([
{% for column in columns %}
            {{ column | ident }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
        ]) as {{ value | ident }},
        unnest(range(1, {{ columns | length + 1 }})) as {{ place | ident }}
    from {{ source }}
)
{%- endmacro %}

{# What to select from: the whole numbers from one to another, both included. #}
{% macro numbers(first, last, name) -%}
range({{ first }}, {{ last + 1 }}) as numbers({{ name | ident }})
{%- endmacro %}

{# Whether a text is one of a list that somebody chose. #}
{% macro one_of(x, values) -%}
{{ x | sql }} in ({{ values | bind(type="string") }})
{%- endmacro %}

{# The order rows are stored in. #}
{% macro stored_by(columns) -%}
order by {{ columns | sql }}
{%- endmacro %}
