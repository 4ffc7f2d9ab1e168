-- What sellers' orders say was bought.

create table fact_orders (
    asin text not null,
    site text not null,
    order_id text not null,
    dt date not null,
    ordered_units double precision,
    _ingested_at timestamptz default now(),
    primary key (asin, site, order_id)
);

create index fact_orders_dt on fact_orders (dt);
