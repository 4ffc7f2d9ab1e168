{#- A row of features for each row of a part of the mart, in order where they are few. Windows of 7, 14 and 30 are computed by one function for a
    whole series, others by one function each.

    The category travels beside the features, in a list with the same order. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- set flags = ['has_material_attr', 'has_size_attr', 'has_use_case_attr', 'has_a_plus'] -%}
{%- set missing = 'zero' if choices.missing_listing_is_zero else 'true_or_null' -%}
{%- macro listing_flag(column) -%}
{%- if choices.missing_listing_is_zero -%} {{ columns.flag(types, column) }}
{%- elif column in types -%} coalesce({{ columns.flag(types, column, nan='true') }}, false)
{%- else -%} true
{%- endif -%}
{%- endmacro -%}
{%- macro listing() -%}
{% for column in ['title_length', 'bullet_count', 'image_count'] %}{{ columns.number(types, column) }}, {% endfor -%}
{% for column in flags %}{{ listing_flag(column) }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor -%}
{%- endmacro -%}
with days as (
    select
        {{ columns.name(types, 'asin') }} as asin,
        {{ columns.name(types, 'site') }} as site,
        dt::date as dt,
        {{ columns.number(types, 'bsr') }} as bsr,
        {{ columns.number(types, 'price') }} as price,
        {{ columns.number(types, 'rating') }} as rating,
        {{ columns.number(types, 'reviews_count') }} as reviews_count,
        {{ columns.number(types, 'est_sales') }} as est_sales,
        {{ columns.name(types, 'category') }} as category,
        listing_quality({{ listing() }}, {{ missing | lit }}) as listing_quality,
        listing_quality_missing({{ listing() }}) as listing_missing
    from {{ source }}
    where asin is not null and site is not null and dt is not null{{ columns.scope(scope) }}{{ columns.part(part, 'asin, site') }}
    {%- if scope.date is not none %} and dt::date <= {{ scope.date | lit(type='date') }}{% endif %}
),
{% if rolling == [7, 14, 30] %}
series as (
    select
        asin,
        site,
        asin_features(dt, bsr, price, rating, reviews_count, est_sales, listing_quality, listing_missing, {{ window_mode | lit }}) as features
        {%- if choices.carry_category %}, list(category order by dt) as categories{% endif %}
    from days
    group by asin, site
),
features as (
    select asin, site, unnest(features, recursive := true){% if choices.carry_category %}, unnest(categories) as category{% endif %}
    from series
)
{% else %}
{%- set dates = 'dts, ' if window_mode == 'calendar' else '' %}
series as (
    select
        asin,
        site,
        list(dt order by dt) as dts,
        {% for column in ['bsr', 'price', 'rating', 'reviews_count', 'est_sales', 'listing_quality', 'listing_missing', 'category'] %}
        list({{ column | ident }} order by dt) as {{ (column ~ '_list') | ident }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from days
    group by asin, site
),
features as (
    select
        asin,
        site,
        unnest(dts) as dt,
        {% for window in rolling %}
        unnest(rolling_bsr_trend(bsr_list, {{ dates | sql }}{{ window }}, {{ least[loop.index0] }})) as bsr_trend_{{ window }},
        unnest(rolling_volatility(price_list, {{ dates | sql }}{{ window }}, {{ least[loop.index0] }})) as price_vol_{{ window }},
        unnest(rolling_mean(rating_list, {{ dates | sql }}{{ window }}, {{ least[loop.index0] }})) as rating_mean_{{ window }},
        {% endfor %}
        unnest(rolling_difference(reviews_count_list, {{ dates | sql }}14)) as review_vel_14,
        unnest(rolling_mean(est_sales_list, {{ dates | sql }}30, 21)) as est_sales_30,
        unnest(listing_quality_list) as listing_quality,
        unnest(listing_missing_list) as listing_missing,
        unnest(category_list) as category
    from series
)
{% endif %}
select
    asin,
    site,
    dt,
    {% for window in rolling %}
    bsr_trend_{{ window }},
    price_vol_{{ window }},
    rating_mean_{{ window }},
    {% endfor %}
    review_vel_14,
    est_sales_30,
    listing_quality
    {%- if choices.carry_category %},
    listing_missing::integer as listing_missing,
    category
    {%- endif %}

from features
{% if scope.date is not none %}
where dt = {{ scope.date | lit(type='date') }}
{% endif %}
{% if few %}
order by asin, site, dt
{% endif %}
