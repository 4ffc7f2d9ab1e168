-- The feature store: each product's newest features, refreshed after the features are written, and the candidates
-- with what is known of them.

create materialized view vw_features_latest as
select distinct on (asin, site) *
from features_daily
order by asin, site, dt desc;

-- Without it the view could not be refreshed beside its readers.
create unique index vw_features_latest_key on vw_features_latest (asin, site);

create view vw_top_candidates_daily as
select
    s.asin,
    s.site,
    s.dt,
    s.explosive_score,
    s.rank_in_cat,
    d.title,
    d.brand,
    d.category_path,
    m.bsr,
    m.price,
    m.reviews_count,
    s.category
from score_baseline_daily s
left join dim_asin d on d.asin = s.asin and d.site = s.site
left join mart_timeseries_daily m on m.asin = s.asin and m.site = s.site and m.dt = s.dt;
