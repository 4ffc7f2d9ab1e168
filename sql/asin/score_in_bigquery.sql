{#- The scores of asin/score.sql in BigQuery, which knows no robust statistics; both give the same to the last bit.

    BigQuery adds doubles in another order each time: deviations are summed as whole numbers, three for each, of 24, 32
    and 32 bits. Its operators fail where finite numbers have an infinite result and the extension goes on: `minus` and
    `times` do, too.

    source, types, scope; weights: metric, weight, column: its name here, name: that in JSON; head: what reasons begin
    with; zero_mad: median, mean, epsilon: what stands in for a MAD of 0; z_scale, z_clip, rank_min, small; choices. -#}
{% import 'asin/columns.sql' as columns %}
{% from dialect import unpivot %}
{% set key = ['site', 'category'] + (['dt'] if choices.score_by_day else []) %}
{% set keys %}site, category{% if choices.score_by_day %}, dt{% endif %}{% endset %}
{% set of_metric %}partition by {{ keys }}, metric{% endset %}
{% set day %}{% if types.dt == 'DATE' %}dt{% else %}cast(dt as date){% endif %}{% endset %}
{% macro text(column) -%}
coalesce(nullif({{ column | ident }}, ''), error('A row of features_daily has no {{ column | sql }}'))
{%- endmacro %}
{% macro number(column) -%}
{%- if column not in types -%} cast(null as float64)
{%- elif types[column] == 'DOUBLE' -%} {{ column | ident }}
{%- elif types[column] == 'VARCHAR' -%} cast(nullif(trim({{ column | ident }}), '') as float64)
{%- elif types[column] == 'BOOLEAN' -%} if({{ column | ident }}, 1e0, 0e0)
{%- else -%} cast({{ column | ident }} as float64)
{%- endif -%}
{%- endmacro %}
{% macro real(x) -%}
if(is_nan({{ x | sql }}), null, {{ x | sql }})
{%- endmacro %}
{% macro minus(a, b) -%}
coalesce(safe_subtract({{ a | sql }}, {{ b | sql }}), ieee_divide(sign({{ a | sql }}), 0))
{%- endmacro %}
{% macro times(a, b) -%}
coalesce(safe_multiply({{ a | sql }}, {{ b | sql }}), ieee_divide(sign({{ a | sql }}) * sign({{ b | sql }}), 0))
{%- endmacro %}
{# The mean of the two values in the middle, of an odd number that of the one with itself. The sum of halves is finite. #}
{% macro middle(x, over='') -%}
{%- set lower %}max(if(2 * nth in (n, n + 1), {{ x | sql }}, null)){{ over | sql }}{% endset -%}
{%- set upper %}max(if(2 * nth in (n + 1, n + 2), {{ x | sql }}, null)){{ over | sql }}{% endset -%}
if(
            abs({{ lower }}) > 1,
            {{ lower }} * 0.5e0 + {{ upper }} * 0.5e0,
            ({{ lower }} + {{ upper }}) * 0.5e0
        )
{%- endmacro %}
{# The shortest digits that read back to the same number. Some powers of two, and numbers below 1e-307, have shorter
   ones yet. #}
{% macro digits(x) -%}
case
            when {{ x | sql }} != 0 and (abs({{ x | sql }}) < 1e-4 or abs({{ x | sql }}) >= 1e16) then case
                when cast(format('%.15g', {{ x | sql }}) as float64) = {{ x | sql }} then format('%.15g', {{ x | sql }})
                when cast(format('%.16g', {{ x | sql }}) as float64) = {{ x | sql }} then format('%.16g', {{ x | sql }})
                else format('%.16e', {{ x | sql }})
            end
            when abs({{ x | sql }}) < 1e15 and cast(format('%.15g', {{ x | sql }}) as float64) = {{ x | sql }} then format('%.15g', {{ x | sql }})
            when cast(format('%.16g', {{ x | sql }}) as float64) = {{ x | sql }} then format('%.16g', {{ x | sql }})
            else format('%.17g', {{ x | sql }})
        end
{%- endmacro %}
{# A number in JSON, of its digits: with a point or an exponent. #}
{% macro json(x, digits) -%}
case
            when {{ x | sql }} is null then 'null'
            when is_inf({{ x | sql }}) then if({{ x | sql }} > 0, '"Infinity"', '"-Infinity"')
            when regexp_contains({{ digits | sql }}, '[.e]') then {{ digits | sql }}
            else concat({{ digits | sql }}, '.0')
        end
{%- endmacro %}
with metrics as (
    select
        {{ text('asin') }} as asin,
        {{ text('site') }} as site,
        {{ day }} as dt,
        {{ ("nullif(category, '')" if 'category' in types else 'cast(null as string)') | sql }} as category,
        {% for weight in weights %}
        {{ real(number(weight.metric)) }} as {{ weight.column | ident }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from {{ source }}
    where true{{ columns.scope(scope) }}
    {%- if scope.date is not none %} and {{ day }} = {{ scope.date | lit(type='date') }}{% endif %}

),

{# Each value of each metric, with its place in the group; which of two zeros is the smaller is seen by its inverse. #}
placed as (
    select
        {{ keys }},
        metric,
        x,
        row_number() over ({{ of_metric }} order by x, ieee_divide(1, x)) as nth,
        count(*) over ({{ of_metric }}) as n
    from {{ unpivot('metrics' | sql, key, weights | map(attribute='column') | list, 'x', 'metric') }}
    where x is not null
),

centred as (
    select
        {{ keys }},
        metric,
        x,
        {{ middle('x', ' over (' ~ of_metric ~ ')') }} as median
    from placed
),

distant as (
    select {{ keys }}, metric, median, abs({{ minus('x', 'median') }}) as deviation
    from centred
),

{# ∞ - ∞ is no deviation. #}
measured as (
    select
        *,
        row_number() over ({{ of_metric }} order by deviation) as nth,
        count(*) over ({{ of_metric }}) as n,
        max(deviation) over ({{ of_metric }}) as largest
    from distant
    where not is_nan(deviation)
),

{# A power of two, by which the largest deviation has about 24 bits before the point. #}
scaled as (
    select
        *,
        if(largest > 0 and not is_inf(largest), pow(2, greatest(ceil(log(largest, 2)), -998) - 24), null) as unit
    from measured
),

cut as (
    select *, ieee_divide(deviation, unit) as high
    from scaled
),

cut_again as (
    select *, (high - floor(high)) * 4294967296e0 as middle
    from cut
),

cut_twice as (
    select *, (middle - floor(middle)) * 4294967296e0 as low
    from cut_again
),

summed as (
    select
        {{ keys }},
        metric,
        max(median) as median,
        {{ middle('deviation') }} as mad,
        max(n) as n,
        max(largest) as largest,
        max(unit) as unit,
        sum(cast(floor(high) as int64)) as high,
        sum(cast(floor(middle) as int64)) as middle,
        sum(cast(floor(low) as int64)) as low
    from cut_twice
    group by {{ keys }}, metric
),

carried as (
    select * replace (middle + div(low, 4294967296) as middle, mod(low, 4294967296) as low)
    from summed
),

carried_on as (
    select * replace (high + div(middle, 4294967296) as high, mod(middle, 4294967296) as middle)
    from carried
),

averaged as (
    select
        *,
        cast(high as float64) + (cast(middle as float64) + cast(low as float64) / 4294967296e0) / 4294967296e0 as total
    from carried_on
),

statistics as (
    select
        {{ keys }},
        {% for weight in weights %}
        max(if(metric = {{ loop.index }}, median, null)) as median_{{ loop.index }},
        max(if(metric = {{ loop.index }}, mad, null)) as mad_{{ loop.index }},
        max(if(metric = {{ loop.index }}, aad, null)) as aad_{{ loop.index }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from (
        select
            {{ keys }},
            metric,
            median,
            mad,
            case
                when largest = 0 then 0e0
                when is_inf(largest) then largest
                else ieee_divide(ieee_divide(total, n), ieee_divide(1, unit))
            end as aad
        from averaged
    )
    group by {{ keys }}
),

deviations as (
    select
        m.asin,
        m.site,
        m.category,
        m.dt,
        {% for weight in weights %}
        {{ minus('m.' ~ weight.column, 's.median_' ~ loop.index) }} as d_{{ loop.index }},
        mad_{{ loop.index }},
        aad_{{ loop.index }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from metrics as m
    left join statistics as s
        on s.site = m.site
        and coalesce(s.category, '') = coalesce(m.category, '')
        {% if choices.score_by_day %}
        and s.dt = m.dt
        {% endif %}
),

quotients as (
    select
        asin,
        site,
        category,
        dt,
        {% for weight in weights %}
        {% set at = loop.index %}
        ieee_divide(
            case
                when d_{{ at }} is null or mad_{{ at }} is null then null
                when mad_{{ at }} != 0 then ieee_divide(d_{{ at }}, mad_{{ at }})
                {% if choices.mean_deviation_for_zero_mad %}
                when aad_{{ at }} = 0 then 0e0
                else ieee_divide({{ times(zero_mad.median, 'd_' ~ at) }}, {{ times(zero_mad.mean, 'aad_' ~ at) }})
                {% else %}
                else ieee_divide(d_{{ at }}, {{ zero_mad.epsilon }})
                {% endif %}
            end,
            {{ z_scale }}
        ) as q_{{ at }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from deviations
),

z_scores as (
    select
        asin,
        site,
        category,
        dt,
        {% for weight in weights %}
        {% set q = real('q_' ~ loop.index) %}
        {% set sign = '-' if weight.metric == 'price_vol_30' and not choices.weights_have_the_sign else '' %}
        {{ sign | sql }}{% if z_clip is none %}{{ q }}{% else %}(
            case
                when is_nan(q_{{ loop.index }}) then null
                when q_{{ loop.index }} < -{{ z_clip }} then -{{ z_clip }}
                when q_{{ loop.index }} > {{ z_clip }} then {{ z_clip }}
                else q_{{ loop.index }}
            end
        ){% endif %} as z_{{ loop.index }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from quotients
),

{# A term is made small enough for no sum of theirs to be infinite before it is divided back. #}
terms as (
    select
        *,
        {% for weight in weights %}
        coalesce({{ times(weight.weight, 'z_' ~ loop.index) }}, 0e0) * {{ small }} as term_{{ loop.index }},
        {{ digits('z_' ~ loop.index) }} as digits_{{ loop.index }}{{ ',' | sql if not loop.last else '' | sql }}
        {% endfor %}
    from z_scores
),

sums as (
    select
        *,
        ieee_divide(
            0e0{% for weight in weights %} + term_{{ loop.index }}{% endfor %},
            {{ small }}
        ) as total
    from terms
),

scores as (
    select
        *,
        case
            {% set together = ' and ' if choices.missing_metric_is_zero else ' or ' %}
            when {% for weight in weights %}{{ together | sql if not loop.first else '' | sql }}z_{{ loop.index }} is null{% endfor %} then null
            when is_nan(total) then null
            else total
        end as score
    from sums
),

ranked as (
    select *, rank() over (partition by {{ keys }} order by score desc nulls last) as nth
    from scores
)

select
    asin,
    site,
    dt,
    category,
    score as explosive_score,
    concat(
        {{ (head ~ '{') | lit }},
        {% for weight in weights %}
        {{ ((', ' if not loop.first else '') ~ weight.name ~ ': ') | lit }},
        {{ json('z_' ~ loop.index, 'digits_' ~ loop.index) }},
        {% endfor %}
        '}',
        {# Without a missing one there is no such text. #}
        coalesce(concat(
            ', "missing": [',
            nullif(array_to_string([
                {% for weight in weights %}
                if(z_{{ loop.index }} is null, {{ weight.name | lit }}, null){{ ',' | sql if not loop.last else '' | sql }}
                {% endfor %}
            ], ', '), ''),
            ']'
        ), ''),
        '}'
    ) as reason,
    if(score is not null and nth <= {{ rank_min }}, nth, null) as rank_in_cat
from ranked
