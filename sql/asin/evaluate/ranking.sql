{#- Ranking metrics: of each group, then their mean. For each k the gain is 2^label - 1 against the best order of
    the whole group, and the label itself against the best order of those same k. -#}
with groups as (
    select
        {% for k in ks %}
        ndcg(label, score, {{ k }}, 'exponential', 'group', {{ ties | lit }}{{ order | sql }}) as {{ ('ndcg_' ~ k) | ident }},
        ndcg(label, score, {{ k }}, 'linear', 'retrieved', {{ ties | lit }}{{ order | sql }}) as {{ ('ndcg_compat_' ~ k) | ident }},
        recall_at(label, score, {{ k }}, 'binary', {{ ties | lit }}{{ order | sql }}) as {{ ('recall_' ~ k) | ident }},
        coalesce(recall_at(trunc(label), score, {{ k }}, 'graded', {{ ties | lit }}{{ order | sql }}), 0) as {{ ('recall_compat_' ~ k) | ident }},
        {% if baseline is not none %}
        recall_at(label, baseline, {{ k }}, 'binary', {{ ties | lit }}{{ order | sql }}) as {{ ('baseline_recall_' ~ k) | ident }},
        {% endif %}
        {% endfor %}
        {% if baseline is not none %}
        average_precision(label, baseline, {{ ties | lit }}{{ order | sql }}) as baseline_map,
        {% endif %}
        average_precision(label, score, {{ ties | lit }}{{ order | sql }}) as map
    from (
        select
            {{ label | ident }}::double as label,
            {{ score | ident }}::double as score,
            {{ group | ident }} as group_key,
            {% if baseline is not none %}
            {{ baseline | ident }}::double as baseline,
            {% endif %}
            row_number() over () as place
        from {{ source }}
        where {{ condition | sql }}
    )
    where group_key is not null
    group by group_key
)
select
    count(*),
    avg(map),
    {{ ('avg(baseline_map)' if baseline is not none else 'null::double') | sql }},
    {% for k in ks %}
    avg({{ ('ndcg_' ~ k) | ident }}),
    avg({{ ('ndcg_compat_' ~ k) | ident }}),
    avg({{ ('recall_' ~ k) | ident }}),
    avg({{ ('recall_compat_' ~ k) | ident }}),
    {% if baseline is not none %}avg({{ ('baseline_recall_' ~ k) | ident }}){% else %}null::double{% endif %},
    {% endfor %}
from groups
