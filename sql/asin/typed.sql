{#- Raw rows with types, and beside them: whether a number was given at all, and the day as it was spelt. Names
    that begin with # are ours. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- macro given(column) -%}
{{ column | ident }} is not null
{%- if types[column] == 'VARCHAR' %} and lower(trim({{ column | ident }})) not in ('', 'nan')
{%- elif types[column] in ['DOUBLE', 'FLOAT'] %} and not isnan({{ column | ident }}){% endif -%}
{%- endmacro -%}
select
    * {% if 'price_valid' in types or 'bsr_valid' in types or 'rating_valid' in types %}exclude (
        {%- for column in ['price_valid', 'bsr_valid', 'rating_valid'] if column in types %}{{ ', ' | sql if not loop.first else '' | sql }}{{ column | ident }}{% endfor -%}
    ) {% endif %}replace (
        {{ columns.name(types, 'asin') }} as asin,
        {{ columns.name(types, 'site') }} as site,
        {{ columns.day(types, 'dt', choices.normalise_days) }} as dt,
        {% for column in ['reviews_count', 'stock_est', 'est_sales'] if column in types and types[column] == 'VARCHAR' %}
        {{ columns.lenient_number(types, column) }} as {{ column | ident }},
        {% endfor %}
        {{ columns.utc(types, '_ingested_at') }} as _ingested_at,
        {% for column in ['price', 'bsr', 'rating'] %}
        {{ columns.lenient_number(types, column) }} as {{ column | ident }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    ),
    {{ ('null' if choices.normalise_days else 'dt') | sql }}::varchar as "#spelling",
    {% for column in ['price', 'bsr', 'rating'] %}
    {{ given(column) }} as {{ ('#' ~ column ~ '_given') | ident }}{{ ',' | sql if not loop.last else '' | sql }}
    {% endfor %}
from {{ source }}
