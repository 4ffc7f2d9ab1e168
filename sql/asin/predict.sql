{#- The rows as they came, with what a model makes of them and their place in their group. `model` is a variable
    of the session, so that its text is read once. A reason is the largest contributions to the score; of equal ones
    the feature that comes first goes first. -#}
{%- import 'asin/samples/features.sql' as features -%}
{%- macro place_in(columns) -%}
{%- if equals_share %}dense_rank() over ({% else %}row_number() over ({% endif %}
            partition by {% for column in columns + days %}{{ column | ident }}, {% endfor %}true
            order by lgbm_score desc
            {%- if not equals_share %}, {{ ('asin, place' if by_product else 'place') | sql }}{% endif %}

        )
{%- endmacro -%}
with scored as (
    select
        {% for column in columns %}
        {{ column | ident }},
        {% endfor %}
        {{ ((group | ident) if built_group is none else (built_group | sql)) }} as {{ group | ident }},
        lgbm_predict(getvariable('model'), [{% for input in inputs %}{{ features.value(input) }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}]) as lgbm_score,
        {% if reasons > 0 %}
        lgbm_contributions(getvariable('model'), [{% for input in inputs %}{{ features.value(input) }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}]) as contributions,
        {% endif %}
        row_number() over () as place
    from {{ features.rows(source, members) }} as samples
    {% if dim is not none %}
    left join (select asin as d_asin, site as d_site, category as d_category from {{ dim }}) d
        on d_asin = asin and d_site = site
    {% endif %}
    where true{{ condition | sql }}
)
select
    {% if table %}
    asin,
    site,
    dt::date as dt,
    {{ model_version | lit }} as model_version,
    {% else %}
    {% for column in columns %}
    {{ column | ident }},
    {% endfor %}
    {% endif %}
    {{ group | ident }}{% if table %} as group_id{% endif %},
    lgbm_score,
    case when {{ group | ident }} is not null then
        {{ place_in([group]) }}
    end::integer as rank_in_group
    {%- if category is not none %},
    -- Worse places than the settings tell are left out.
    case when {{ place_in(category) }} <= {{ rank_min }} then {{ place_in(category) }} end::integer as rank_in_cat
    {%- endif %}
    {%- if reasons > 0 %},
    '{' || array_to_string(
        list_transform(
            list_sort(list_transform(contributions[:{{ names | length }}], lambda added, number: {'size': -abs(added), 'number': number}))[:{{ reasons }}],
            lambda one: to_json([{% for name in names %}{{ name | lit }}{{ ', ' | sql if not loop.last else '' | sql }}{% endfor %}][one.number]) || ': ' || to_json(contributions[one.number])
        ),
        ', '
    ) || '}' as reason
    {%- endif %}

from scored
order by place
