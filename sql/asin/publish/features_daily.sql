{#- Columns of other windows than the usual ones stay in the warehouse. -#}
select
    asin, site, dt, bsr_trend_7, price_vol_7, rating_mean_7, bsr_trend_14, price_vol_14, rating_mean_14, bsr_trend_30,
    price_vol_30, rating_mean_30, review_vel_14, est_sales_30, listing_quality, listing_missing, category
from {{ table(schema, 'features_daily') }}
where dt = {{ date | lit(type='date') }}
