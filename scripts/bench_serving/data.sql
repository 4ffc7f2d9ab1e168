-- Offers of items at venues: some items are sold at up to 2,000 places, most at one or a few.
set synchronous_commit = off;
set maintenance_work_mem = '512MB';
select setseed(0.5);
create table recommendable_offers_raw as
with venues as materialized (
    select v, round((48 + 3 * (random() + random() + random() - 1.5))::numeric, 3) as lat,
        round((2.3 + 4 * (random() + random() + random() - 1.5))::numeric, 3) as lon
    from generate_series(1, 36000) v
), items as materialized (
    select i, case when random() < 0.38 then 1 else least(2000, floor(power(random(), -0.85)))::int end as places
    from generate_series(1, :offers) i
), rows as materialized (
    select i, k, 1 + floor(random() * 36000)::int as v from items, generate_series(1, places) k limit :offers
)
select ('product-' || i)::varchar as item_id, (i || '-' || k)::varchar as offer_id,
    timestamp '2025-01-01' + i % 400 * interval '1 day' as offer_creation_date,
    case when i % 8 = 0 then timestamp '2026-01-01' + k % 180 * interval '1 day' end as stock_beginning_date,
    i % 50 as booking_number, lat::numeric(18, 3) as venue_latitude, lon::numeric(18, 3) as venue_longitude,
    50000 as default_max_distance, (row_number() over ())::varchar as unique_id, false as is_sensitive,
    true as is_geolocated
from rows join venues using (v);
create table non_recommendable_items_data as
select ('u' || i % 20000)::varchar as user_id, ('product-' || i * 7919 % 1000000)::varchar as item_id
from generate_series(1, 400000::bigint) i;
select reco.refresh_view('recommendable_offers_raw_mv') as offers, reco.refresh_view('non_recommendable_items_mv') as booked;
