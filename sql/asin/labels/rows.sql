{#- The daily rows that labels are made of: their sales, their category, and how well each ranks on its site
    and day. `sales` names the column of the mart that has them, or is 'orders', or none where nothing does.
    NaN and the infinities are missing. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- macro finite(of, column) -%}
case when isfinite({{ columns.number(of, column) }}) then {{ columns.number(of, column) }} end
{%- endmacro -%}
{%- set stamp = 'date' if choices.orders_replace_sales else 'timestamp' -%}
{%- macro array_text(column) -%}
{#- As arrays are printed: quoted names, and lines of 75 letters. -#}
list_reduce(
            list_transform({{ column | ident }}, lambda name: coalesce(
                case when contains(name, '''') and not contains(name, '"') then '"' || replace(name, '\', '\\') || '"'
                else '''' || replace(replace(name, '\', '\\'), '''', '\''') || '''' end,
                'None'
            )),
            lambda text, name: text || case
                when text = '[' then ''
                when length(split_part(text, chr(10), -1)) + 1 + length(name) > 74 then chr(10) || ' '
                else ' '
            end || name,
            '['
        ) || ']'
{%- endmacro -%}
{%- macro category_key(column, list) -%}
coalesce({% if list and choices.paths_are_joined %}array_to_string({{ column | ident }}, '>'){% elif list %}{{ array_text(column) }}{% else %}nullif({{ column | ident }}::varchar, ''){% endif %}, 'unknown')
{%- endmacro -%}
create or replace temp table label_rows as
with products as (
    select
        asin::varchar as asin,
        site::varchar as site,
        dt::{{ stamp | sql }} as stamp,
        {{ finite(types, 'price') }} as price,
        {{ finite(types, 'bsr') }} as bsr,
        {% if sales not in ['orders', none] %}
        {{ finite(types, sales) }} as sales,
        {% endif %}
        {% if category.source == 'mart' %}
        {{ category_key(category.column, category.list) }} as category_key,
        {% endif %}
    from {{ source }}
    where asin is not null and site is not null and dt is not null{{ columns.scope(scope) }}
    {%- if scope.date is not none %} and dt::date <= {{ scope.date | lit(type='date') }}{% endif %}
)
{%- if category.source == 'dim' %},
dim as (
    select
        asin::varchar as asin,
        site::varchar as site,
        {{ category_key(category.column, category.list) }} as category_key
    from {{ dim }}
)
{%- endif %}
{%- if sales == 'orders' %},
ordered as (
    select
        asin::varchar as asin,
        site::varchar as site,
        {{ order_date | ident }}::{{ stamp | sql }} as stamp,
        coalesce(sum({{ finite(order_types, 'ordered_units') }}), 0) as units
    from {{ orders }}
    group by all
)
{%- endif %}

select
    p.asin,
    p.site,
    p.stamp::date as dt,
    p.price,
    p.bsr,
    {% if sales == 'orders' %}
    {{ ('coalesce(o.units, case when h.asin is not null then 0 end)' if choices.orders_replace_sales else 'o.units') | sql }} as sales,
    {% else %}
    {{ ('null::double' if sales is none else 'p.sales') | sql }} as sales,
    {% endif %}
    {% if category.source == 'mart' %}
    p.category_key,
    {% elif category.source == 'dim' %}
    coalesce(d.category_key, 'unknown') as category_key,
    {% else %}
    'unknown' as category_key,
    {% endif %}
    case when p.bsr is not null then
        count(p.bsr) over (partition by p.site, p.stamp order by p.bsr nulls last)
        / count(p.bsr) over (partition by p.site, p.stamp)
    end as bsr_percentile
from products p
{% if category.source == 'dim' %}
left join dim d using (asin, site)
{% endif %}
{% if sales == 'orders' %}
left join ordered o using (asin, site, stamp)
{% if choices.orders_replace_sales %}
left join (select distinct asin, site from ordered) h using (asin, site)
{% endif %}
{% endif %}
