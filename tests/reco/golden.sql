create or replace table ml_reco_dev.user_statistics as
select * from (values
    ('u1', date '2023-01-02', date '2005-03-04', 300.10::decimal(38,9), 123.456789::decimal(38,9),
        3::bigint, 40::bigint, null::bigint),
    ('u2', null, date '2006-07-08', 20, null, null, null, 2)
) as t(user_id, user_deposit_creation_date, user_birth_date, user_deposit_initial_amount,
    user_theoretical_remaining_credit, booking_cnt, consult_offer, has_added_offer_to_favorites);

create or replace table ml_reco_dev.offers as
select * from (values
    ('product-1', 'o1', timestamp '2024-05-01 10:11:12.123456', timestamp '2025-01-02 20:00', 5::bigint,
        48.856614123::decimal(38,9), 2.352221987::decimal(38,9), 50000::bigint, 1::bigint, false, true),
    ('product-1', 'o2', '2024-05-01 10:11:12', null, 7, -21.1155005, 55.5363845, 150000, 2, false, true),
    ('offer-3', 'o3', null, null, 0, null, null, 50000, 3, true, false),
    ('offer-4', 'o4', '2024-05-01 10:11:12', null, 0, null, null, 50000, 4, false, true),
    ('offer-5', 'o5', '2024-05-01 10:11:12', null, 0, 1.0005, 1.0015, 50000, 5, null, true)
) as t(item_id, offer_id, offer_creation_date, stock_beginning_date, booking_number, venue_latitude,
    venue_longitude, default_max_distance, unique_id, is_sensitive, is_geolocated);

-- A view, as in the cloud.
create or replace view ml_reco_dev.recommendable_offer as select * from ml_reco_dev.offers;

create or replace table ml_reco_dev.user_booked_item as
select * from (values ('u1', 'product-1'), ('u1', 'offer-4'), ('u2', 'product-1')) as t(user_id, item_id);

create or replace table seed_dev.iris_france as
select id, "irisCode", centroid::geometry as centroid, shape::geometry as shape
from (values
    ('1', '010010000', 'POINT(4.9 46.1)',
        'POLYGON((4.8 46.0, 5.0 46.0, 5.0 46.2, 4.8 46.2, 4.8 46.0))'),
    ('2', '2A0040101', 'POINT(8.7 41.9)',
        'MULTIPOLYGON(((8.6 41.8, 8.8 41.8, 8.8 42.0, 8.6 42.0, 8.6 41.8)))')
) as t(id, "irisCode", centroid, shape);
