{#- One of the three tables of samples, which stand in the order of their rows. -#}
select
    asin,
    site,
    t_ref,
    {% if target == 'bin' %}
    y_bin::integer as y,
    {% elif target == 'rank' %}
    y_rank as y,
    {% if choices.relevance_of_ranks %}
    relevance,
    {% endif %}
    group_id,
    {% else %}
    y_reg as y,
    {% endif %}
    split,
    {% if purge %}
    purged,
    {% endif %}
    feature_vector,
    meta
from train_samples
