{#- Columns of rows whose types are the source's affair: a Parquet file has numbers, a CSV file has texts.
    `types` maps a source's columns to their types. -#}

{#- A number; NULL where the column is not there. -#}
{% macro number(types, column) -%}
{%- if column not in types -%} null::double
{%- elif types[column] == 'DOUBLE' -%} {{ column | ident }}
{%- elif types[column] == 'VARCHAR' -%} nullif(trim({{ column | ident }}), '')::double
{%- else -%} {{ column | ident }}::double
{%- endif -%}
{%- endmacro %}

{#- A flag; `absent` where the column is not there, `nan` where it is a number that is none. -#}
{% macro flag(types, column, absent='null', nan='null') -%}
{%- if column not in types -%} {{ absent | sql }}::boolean
{%- elif types[column] == 'BOOLEAN' -%} {{ column | ident }}
{%- elif types[column] == 'VARCHAR' -%}
case lower(trim({{ column | ident }})) when '' then null when 'nan' then {{ nan | sql }} else {{ column | ident }}::boolean end
{%- else -%} case when isnan({{ column | ident }}::double) then {{ nan | sql }} else {{ column | ident }}::boolean end
{%- endif -%}
{%- endmacro %}

{#- A text; NULL where the column is not there, and where it is blank. -#}
{% macro name(types, column) -%}
{%- if column not in types -%} null::varchar
{%- elif types[column] == 'VARCHAR' -%} nullif({{ column | ident }}, '')
{%- else -%} {{ column | ident }}::varchar
{%- endif -%}
{%- endmacro %}

{#- The rows of a scope: up to a day, of some products. -#}
{% macro scope(scope) -%}
{%- if scope.asins is not none %} and asin in (
{%- for asin in scope.asins %}{{ ', ' | sql if not loop.first else '' | sql }}{{ asin | lit }}{% endfor %})
{%- endif -%}
{%- endmacro %}

{#- The rows of a part: whole groups, by the hash of what their rows have in common. -#}
{% macro part(part, keys) -%}
{%- if part.of > 1 %} and hash({{ keys | sql }}) % {{ part.of }} = {{ part.number }}{% endif %}
{%- endmacro %}

{#- A number of whatever is there: texts that are none become NULL, as does NaN. Digits are not grouped, and
    only the word is infinite. -#}
{% macro lenient_number(types, column) -%}
{%- set name = column | ident -%}
{%- if types[column] == 'VARCHAR' -%}
case
    when contains({{ name }}, '_') then null
    when isfinite(try_cast({{ name }} as double)) then try_cast({{ name }} as double)
    when isinf(try_cast({{ name }} as double)) and {{ name }} ilike '%inf%' then try_cast({{ name }} as double)
end
{%- elif types[column] in ['DOUBLE', 'FLOAT'] -%} case when not isnan({{ name }}) then {{ name }}::double end
{%- else -%} {{ name }}::double
{%- endif -%}
{%- endmacro %}

{#- A time in UTC; texts that are none become NULL. -#}
{% macro utc(types, column) -%}
{%- set name = column | ident -%}
{%- if types[column] == 'VARCHAR' -%}
case
    when regexp_matches({{ name }}, ':.*(Z|[+-]\d\d(:?\d\d)?)\s*$') then make_timestamp(epoch_us(try_cast({{ name }} as timestamptz)))
    when isfinite(try_cast({{ name }} as timestamp)) then try_cast({{ name }} as timestamp)
end
{%- elif types[column] == 'TIMESTAMP WITH TIME ZONE' -%} make_timestamp(epoch_us({{ name }}))
{%- else -%} {{ name }}::timestamp
{%- endif -%}
{%- endmacro %}

{#- The day of a time, in UTC or as it stands. -#}
{% macro day(types, column, utc_days) -%}
{%- if types[column] == 'DATE' -%} {{ column | ident }}
{%- elif types[column] == 'VARCHAR' and not utc_days -%} try_cast({{ column | ident }} as date)
{%- else -%} ({{ utc(types, column) }})::date
{%- endif -%}
{%- endmacro %}
