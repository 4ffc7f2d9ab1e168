\set VERBOSITY terse
\set cluny '2.344, 48.851'
-- A user, and one that is unknown.
select user_id, found, age = extract(year from age(current_date, '2005-03-04')) as age, bookings_count as bookings,
       clicks_count as clicks, favorites_count as favorites, remaining_credit, is_cold_start, iris_id, is_geolocated
from reco.user_context('u1');
select user_id, found, bookings_count as bookings, clicks_count as clicks, favorites_count as favorites,
       remaining_credit, is_cold_start from reco.user_context('u2');
select * from reco.user_context('nobody', :cluny);
select * from reco.user_context(null);
select * from reco.booked_items('u1') order by 1;
select * from reco.booked_items('nobody');
-- Booked, sensitive, unknown, none.
select item, reco.is_recommendable('u1', item) as to_u1, reco.is_recommendable('nobody', item) as to_nobody,
       reco.is_recommendable(null, item) as without_user
from unnest('{product-1,offer-3,offer-4,offer-5,unknown,NULL}'::text[]) item;
select * from reco.filter_items('u2', '{offer-4,product-1,NULL,offer-3,offer-4,unknown}');
select * from reco.filter_items(null, '{product-1}');
select * from reco.filter_items('u1', '{}');
select * from reco.filter_items('u1', null);
select offer_id, item_id, booking_number, is_sensitive, venue_latitude::float8, venue_longitude::float8 from reco.offer_item('o2');
select count(*) from reco.offer_item('unknown');

-- The nearest offer of each: on the island, the other one; an offer without a place is near everywhere.
select offer_id, item_id, item_rank, round(distance_m::numeric, 1) as distance, venue_latitude, booking_number
from reco.nearest_offers('{offer-4,product-1,offer-3}', :cluny);
select offer_id, item_id, item_rank, round(distance_m::numeric, 1) as distance, stock_beginning_date
from reco.nearest_offers('{offer-4,product-1,offer-3}', 55.5, -21.1);
select offer_id from reco.nearest_offers('{offer-4,product-1}', :cluny, 'u1');
select count(*) as without_position from reco.nearest_offers('{offer-4,product-1}', null, null);
select offer_id, round(distance_m::numeric, 1) as distance
from reco.offer_distances('{o4,o2,unknown,o1,o2,NULL}', :cluny);
select offer_id, distance_m from reco.offer_distances('{o1}', null, null);

-- Ties, dates, orders and bounds, on offers of their own.
insert into recommendable_offers_raw
select 'tie', 't' || i, timestamp '2025-01-01' + i * interval '1 day',
       case i when 1 then null when 2 then timestamp '2025-06-02' else timestamp '2025-06-01' end,
       i, 48.851, 2.344, 1000, 'tie' || i, false, true
from generate_series(1, 4) i
union all
-- 1,112 m to the north.
select 'north', 'n', '2025-01-01', null, 9, 48.861, 2.344, 1112, 'n', false, true
union all
-- Not on the globe, but no reason to fail.
select 'beyond', 'b', '2025-01-01', null, null, 95, 200, 100000000, 'b', false, true;
select reco.refresh_view('recommendable_offers_raw_mv');
select offer_id, item_id, item_rank, round(distance_m::numeric) as distance
from reco.nearest_offers('{north,tie,beyond,offer-4}', :cluny, p_max_distance_m => 20000000);
select offer_id, item_rank, round(distance_m::numeric) as distance
from reco.nearest_offers('{north,tie,beyond,offer-4}', :cluny, p_max_distance_m => 20000000, p_order => 'distance');
select offer_id, item_rank, booking_number
from reco.nearest_offers('{north,tie,beyond,offer-4}', :cluny, p_max_distance_m => 20000000, p_order => 'booking_number');
select offer_id from reco.nearest_offers('{north,tie,offer-4}', :cluny, p_max_distance_m => 20000000, p_limit => 2);
-- An offer's own bound is exclusive, a given one inclusive.
create temporary table exact as select reco.distance_m(:cluny, 2.344, 48.861) as d;
select floor(d) as metres from exact;
update recommendable_offers_raw set venue_latitude = 48.851, default_max_distance = 0 where item_id = 'north';
select reco.refresh_view('recommendable_offers_raw_mv');
select count(*) as own from reco.nearest_offers('{north}', :cluny);
select count(*) as given from reco.nearest_offers('{north}', :cluny, p_max_distance_m => 0);
select offer_id from reco.nearest_offers('{tie}', :cluny, p_starts_after => '2025-06-02');
select offer_id from reco.nearest_offers('{tie}', :cluny, p_starts_before => '2025-06-01');
select offer_id from reco.nearest_offers('{tie}', :cluny, p_starts_before => '2025-05-31');
select offer_id from reco.nearest_offers('{tie}', :cluny, p_created_after => '2025-01-05');
-- What is refused.
select * from reco.nearest_offers('{tie}', 2, null);
select * from reco.nearest_offers('{tie}', 200, 48);
select * from reco.nearest_offers('{tie}', 2, 'NaN');
select * from reco.nearest_offers('{}', 2, 48, p_order => 'price');
select * from reco.nearest_offers('{tie}', 2, 48, p_order => null);
select * from reco.offer_distances('{t1}', null, 48);
select * from reco.user_context('u1', 2, 100);
select reco.iris_at(2, null);
select reco.iris_at(null, null) is null as no_position;
