{#- How well probabilities tell 1 from 0. Above 0 and below 1 by a hair, they have a logarithm. -#}
with items as (
    select
        {{ label | ident }}::double > 0 as positive,
        {{ score | ident }}::double as score,
        score >= {{ threshold }}::double as called,
        greatest(1e-15::double, least(1 - 1e-15::double, score)) as inside
    from {{ source }}
    where {{ condition | sql }}
),
counts as (
    select
        count(*)::double as n,
        count(*) filter (positive and called) as hits,
        count(*) filter (positive) as positives,
        count(*) filter (called) as calls,
        count(*) filter (not positive and not called) as passes,
        auc(positive::integer, score) as roc_auc,
        avg(case when positive then -ln(inside) else -ln(1 - inside) end) as log_loss
    from items
),
shares as (
    select
        *,
        hits / nullif(calls, 0) as precision,
        hits / nullif(positives, 0) as recall
    from counts
)
select
    n,
    (hits + passes) / nullif(n, 0) as accuracy,
    precision,
    recall,
    {% if choices.f1_of_nothing_is_zero %}
    case when precision + recall = 0 then 0 else 2 * precision * recall / (precision + recall) end as f1,
    {% else %}
    case when precision > 0 and recall > 0 then 2 * precision * recall / (precision + recall) end as f1,
    {% endif %}
    (recall + passes / nullif(n - positives, 0)) / 2 as balanced_accuracy,
    roc_auc,
    log_loss
from shares
