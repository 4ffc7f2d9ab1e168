-- The pipeline's tables. Keys are what a row is replaced by; numbers are double precision, as they are computed.

create table dim_asin (
    asin text not null,
    site text not null,
    title text,
    brand text,
    category_path text[],
    category text,
    first_seen timestamptz default now(),
    last_seen timestamptz,
    primary key (asin, site)
);

create table fact_timeseries_raw (
    asin text not null,
    site text not null,
    dt date not null,
    price double precision,
    bsr double precision,
    rating double precision,
    reviews_count double precision,
    stock_est double precision,
    buybox_seller text,
    est_sales double precision,
    _ingested_at timestamptz default now(),
    primary key (asin, site, dt)
);

create table mart_timeseries_daily (
    asin text not null,
    site text not null,
    dt date not null,
    price double precision,
    bsr double precision,
    rating double precision,
    reviews_count double precision,
    stock_est double precision,
    buybox_seller text,
    est_sales double precision,
    price_valid boolean,
    bsr_valid boolean,
    rating_valid boolean,
    category text,
    title_length double precision,
    bullet_count double precision,
    image_count double precision,
    has_material_attr boolean,
    has_size_attr boolean,
    has_use_case_attr boolean,
    has_a_plus boolean,
    primary key (asin, site, dt)
);

create table fact_reviews (
    asin text not null,
    site text not null,
    review_id text not null,
    dt date,
    rating double precision,
    title text,
    text text,
    verified boolean,
    _ingested_at timestamptz default now(),
    primary key (asin, site, review_id)
);

create table fact_keywords (
    asin text not null,
    site text not null,
    keyword text not null,
    est_search_volume double precision,
    cpc double precision,
    difficulty double precision,
    _ingested_at timestamptz default now(),
    primary key (asin, site, keyword)
);

create table features_daily (
    asin text not null,
    site text not null,
    dt date not null,
    bsr_trend_7 double precision,
    price_vol_7 double precision,
    rating_mean_7 double precision,
    bsr_trend_14 double precision,
    price_vol_14 double precision,
    rating_mean_14 double precision,
    bsr_trend_30 double precision,
    price_vol_30 double precision,
    rating_mean_30 double precision,
    review_vel_14 double precision,
    est_sales_30 double precision,
    listing_quality double precision,
    listing_missing integer,
    category text,
    primary key (asin, site, dt)
);

create table score_baseline_daily (
    asin text not null,
    site text not null,
    dt date not null,
    category text,
    explosive_score double precision,
    reason jsonb,
    rank_in_cat integer,
    primary key (asin, site, dt)
);

create table pred_rank_daily (
    asin text not null,
    site text not null,
    dt date not null,
    model_version text not null,
    group_id text,
    lgbm_score double precision,
    rank_in_group integer,
    primary key (asin, site, dt, model_version)
);

create index mart_timeseries_daily_dt on mart_timeseries_daily (dt);
create index features_daily_dt on features_daily (dt);
create index score_baseline_daily_dt on score_baseline_daily (dt);
create index score_baseline_daily_category on score_baseline_daily (site, category, dt);
create index pred_rank_daily_dt on pred_rank_daily (dt);
