{#- The job's tables, each made if it is missing. A row is replaced by its key; keys are no constraints, so that
    ten million rows need no index in memory. -#}
create schema if not exists {{ schema | ident }};

-- One row per product: the newest answer of the API.
create table if not exists {{ table(schema, 'dim_asin') }} (
    asin varchar not null,
    site varchar not null,
    title varchar,
    brand varchar,
    category_path varchar[],
    category varchar,
    title_length double,
    bullet_count double,
    image_count double,
    has_material_attr boolean,
    has_size_attr boolean,
    has_use_case_attr boolean,
    has_a_plus boolean,
    first_seen timestamp not null,
    last_seen timestamp not null
);

-- As it came: dates and numbers are texts until they are standardized.
create table if not exists {{ table(schema, 'fact_timeseries_raw') }} (
    asin varchar not null,
    site varchar not null,
    dt varchar,
    price varchar,
    bsr varchar,
    rating varchar,
    reviews_count varchar,
    stock_est varchar,
    buybox_seller varchar,
    est_sales varchar,
    _ingested_at timestamp
);

create table if not exists {{ table(schema, 'fact_reviews') }} (
    asin varchar not null,
    site varchar not null,
    review_id varchar not null,
    dt date,
    rating double,
    title varchar,
    text varchar,
    verified boolean,
    _ingested_at timestamp
);

create table if not exists {{ table(schema, 'fact_keywords') }} (
    asin varchar not null,
    site varchar not null,
    keyword varchar not null,
    est_search_volume double,
    cpc double,
    difficulty double,
    _ingested_at timestamp
);

create table if not exists {{ table(schema, 'fact_orders') }} (
    asin varchar not null,
    site varchar not null,
    order_id varchar not null,
    dt date not null,
    ordered_units double,
    _ingested_at timestamp
);

create table if not exists {{ table(schema, 'mart_timeseries_daily') }} (
    asin varchar not null,
    site varchar not null,
    dt date not null,
    price double,
    bsr double,
    rating double,
    reviews_count double,
    stock_est double,
    buybox_seller varchar,
    est_sales double,
    _ingested_at timestamp,
    price_valid boolean,
    bsr_valid boolean,
    rating_valid boolean,
    category varchar,
    title_length double,
    bullet_count double,
    image_count double,
    has_material_attr boolean,
    has_size_attr boolean,
    has_use_case_attr boolean,
    has_a_plus boolean
);

-- Columns of further windows are added when they are configured.
create table if not exists {{ table(schema, 'features_daily') }} (
    asin varchar not null,
    site varchar not null,
    dt date not null,
    bsr_trend_7 double,
    price_vol_7 double,
    rating_mean_7 double,
    bsr_trend_14 double,
    price_vol_14 double,
    rating_mean_14 double,
    bsr_trend_30 double,
    price_vol_30 double,
    rating_mean_30 double,
    review_vel_14 double,
    est_sales_30 double,
    listing_quality double,
    listing_missing integer,
    category varchar
);

create table if not exists {{ table(schema, 'score_baseline_daily') }} (
    asin varchar not null,
    site varchar not null,
    dt date not null,
    category varchar,
    explosive_score double,
    reason varchar,
    rank_in_cat integer
);

create table if not exists {{ table(schema, 'pred_rank_daily') }} (
    asin varchar not null,
    site varchar not null,
    dt date not null,
    model_version varchar not null,
    group_id varchar,
    lgbm_score double,
    rank_in_group integer
);

-- Tables of earlier versions lack it.
alter table {{ table(schema, 'pred_rank_daily') }} add column if not exists reason varchar;

-- Replaced whole each time labels are made.
{% for target, type in [('bin', 'integer'), ('rank', 'double'), ('reg', 'double')] %}
create table if not exists {{ table(schema, 'train_samples_' ~ target) }} (
    asin varchar not null,
    site varchar not null,
    t_ref date not null,
    y {{ type | sql }},
    {% if target == 'rank' %}
    relevance integer,
    group_id varchar,
    {% endif %}
    split varchar,
    purged boolean,
    feature_vector varchar,
    meta struct(category varchar, price_band varchar)
);
{% endfor %}
