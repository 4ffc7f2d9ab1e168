{#- The composite score: robust z-scores of each metric among the products of a category, added up by their
    weights, and the rank that comes out.

    A rank is a score's place among the best of its group, which is a list of a few numbers. Where rows are many they
    are not put in order, and scored twice rather than kept; reasons, which are long texts, are written last. -#}
{%- import 'asin/columns.sql' as columns -%}
{%- set key = ['site', 'category'] + (['dt'] if choices.score_by_day else []) -%}
{%- macro keys(table='') -%}
{%- for column in key %}{{ ', ' | sql if not loop.first else '' | sql }}{{ table | sql }}{{ column | sql }}{% endfor -%}
{%- endmacro -%}
{%- macro same(left, right) -%}
{%- for column in key %}{{ ' and ' | sql if not loop.first else '' | sql }}{{ left | sql }}.{{ column | sql }} is not distinct from {{ right | sql }}.{{ column | sql }}{% endfor -%}
{%- endmacro -%}
{%- macro weights_of() -%}
{
    {%- for metric, weight in weights %}{{ ', ' | sql if not loop.first else '' | sql }}{{ metric | lit }}: {{ weight }}::double{% endfor -%}
}
{%- endmacro -%}
with metrics as (
    select
        {{ columns.name(types, 'asin') }} as asin,
        {{ columns.name(types, 'site') }} as site,
        dt::date as dt,
        {{ columns.name(types, 'category') }} as category,
        {% for metric, _ in weights %}
        {{ columns.number(types, metric) }} as {{ metric | ident }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from {{ source }}
    where true{{ columns.scope(scope) }}
    {%- if scope.date is not none %} and dt::date = {{ scope.date | lit(type='date') }}{% endif %}
),
statistics as materialized (
    select
        {{ keys() }},
        {% for metric, _ in weights %}
        robust_stats({{ metric | ident }}) as {{ metric | ident }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from metrics
    group by all
),
z_scores as (
    select
        m.asin,
        m.site,
        m.dt,
        m.category,
        {
            {% for metric, _ in weights %}
            {{ metric | lit }}: {{ '-' | sql if metric == 'price_vol_30' and not choices.weights_have_the_sign else '' | sql }}robust_zscore(m.{{ metric | ident }}, s.{{ metric | ident }}, {{ z_scale }}, {{ z_clip | lit }}, {{ ('mean_deviation' if choices.mean_deviation_for_zero_mad else 'epsilon') | lit }}){{ ',' | sql if not loop.last else '' | sql }}
            {% endfor %}
        } as z
    from metrics m
    join statistics s on {{ same('m', 's') }}
),
scored as {{ ('materialized' if few else 'not materialized') | sql }} (
    select *, weighted_score(z, {{ weights_of() }}, {{ ('zero' if choices.missing_metric_is_zero else 'null') | lit }}) as score
    from z_scores
),
best as (
    select {{ keys() }}, max(score, {{ rank_min }}) as scores
    from scored
    group by all
),
ranked as (
    select scored.*, list_position(scores, score)::integer as rank_in_cat
    from scored
    join best on {{ same('scored', 'best') }}
    {% if few %}
    order by {% if choices.score_by_day %}scored.dt, {% endif %}scored.site, scored.category nulls last, score desc nulls last, asin
    {% endif %}
)
select
    asin,
    site,
    dt,
    category,
    score as explosive_score,
    score_reason(z, {{ weights_of() }}) as reason,
    rank_in_cat
from ranked
