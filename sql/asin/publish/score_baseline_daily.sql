select * from {{ table(schema, 'score_baseline_daily') }} where dt = {{ date | lit(type='date') }}
