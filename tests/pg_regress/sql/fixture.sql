-- The tables that the views are made of, as an import leaves them.
set client_min_messages = warning;
create table enriched_user (
    user_id varchar, user_deposit_creation_date timestamp, user_birth_date timestamp,
    user_deposit_initial_amount real, user_theoretical_remaining_credit real,
    booking_cnt integer, consult_offer integer, has_added_offer_to_favorites integer
);
insert into enriched_user values
    ('u1', '2023-01-02', '2005-03-04', 300.10, 123.456789, 3, 40, null),
    ('u2', null, '2006-07-08', 20, null, null, null, 2);
create table recommendable_offers_raw (
    item_id varchar, offer_id varchar, offer_creation_date timestamp, stock_beginning_date timestamp,
    booking_number integer, venue_latitude numeric(18,3), venue_longitude numeric(18,3),
    default_max_distance integer, unique_id varchar, is_sensitive boolean, is_geolocated boolean
);
insert into recommendable_offers_raw values
    ('product-1', 'o1', '2024-05-01 10:11:12.123456', '2025-01-02 20:00', 5, 48.856614123, 2.352221987, 50000, '1', false, true),
    ('product-1', 'o2', '2024-05-01 10:11:12', null, 7, -21.1155005, 55.5363845, 150000, '2', false, true),
    ('offer-3', 'o3', null, null, 0, null, null, 50000, '3', true, false),
    ('offer-4', 'o4', '2024-05-01 10:11:12', null, 0, null, null, 50000, '4', false, true),
    ('offer-5', 'o5', '2024-05-01 10:11:12', null, 0, 1.0005, 1.0015, 50000, '5', null, true);
create table non_recommendable_items_data (user_id varchar, item_id varchar);
insert into non_recommendable_items_data values ('u1', 'product-1'), ('u1', 'offer-4'), ('u2', 'product-1');
-- Rows and checksums, as they are told of the files that were exported.
select 'enriched_user' as relation, * from reco.reconcile('enriched_user')
union all select 'recommendable_offers_raw', * from reco.reconcile('recommendable_offers_raw')
union all select 'non_recommendable_items_data', * from reco.reconcile('non_recommendable_items_data');
