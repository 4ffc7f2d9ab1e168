select asin, site, dt, model_version, group_id, lgbm_score, rank_in_group::integer as rank_in_group, reason
from {{ table(schema, 'pred_rank_daily') }}
where dt = {{ date | lit(type='date') }}
