\set VERBOSITY terse
-- Nothing is there yet; what cannot be built says why.
select view, populated, row_count, size_bytes from reco.status();
select reco.refresh_view('iris_france_mv');
select reco.refresh_view('nothing_mv');
select reco.refresh_view('enriched_user_mv', 'fast');
select reco.refresh_view('enriched_user_mv', 'concurrent');
select reco.build_view('enriched_user_mv', 'today');
-- All that can be built, in one call.
select * from reco.refresh_order();
call reco.refresh_all();
select view, populated, row_count, run_id ~ '^[0-9]{14}[0-9a-f]{6}$' as has_run, size_bytes > 0 as has_size, left_out
from reco.status();
select * from enriched_user_mv order by user_id;
select offer_id, item_id, booking_number, is_sensitive, venue_latitude = round(venue_latitude, 3) as same,
       venue_latitude::float8, venue_longitude::float8
from item_ids_mv order by 1;
select * from non_recommendable_items_mv order by 1, 2;
select * from recommendable_offers_raw_mv order by offer_id;
-- Types, indexes with their unique times, statistics.
select attrelid::regclass as view, attname, format_type(atttypid, atttypmod)
from pg_attribute where attrelid in ('item_ids_mv'::regclass, 'recommendable_offers_raw_mv'::regclass) and attnum > 0
order by attrelid::regclass::text, attnum;
select tablename, regexp_replace(indexdef, '_[0-9]{14}', '_<ts>') as index
from pg_indexes where tablename like '%\_mv' order by 1, 2;
select relname, reltuples from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace order by 1;
select proname from pg_proc where pronamespace = 'public'::regnamespace and proname like 'get\_%' order by 1;

-- A view keeps owner, privileges, comments and storage; the base can be dropped and swapped under it.
create role view_reader;
grant select on enriched_user_mv to view_reader;
grant select (offer_id) on item_ids_mv to view_reader with grant option;
comment on materialized view enriched_user_mv is 'Users';
comment on column enriched_user_mv.user_id is 'As in the warehouse';
alter materialized view enriched_user_mv set (fillfactor = 70);
create table loaded (like enriched_user);
insert into loaded select * from enriched_user union all select 'u3', null, null, null, null, 1, 1, 1;
grant select on enriched_user to view_reader;
comment on table enriched_user is 'Imported';
select reco.swap_table('enriched_user', 'loaded');
select has_table_privilege('view_reader', 'enriched_user', 'select') as granted,
       obj_description('enriched_user'::regclass) as comment, to_regclass('loaded') as staging;
select reco.refresh_view('enriched_user_mv'), reco.refresh_view('item_ids_mv');
select has_table_privilege('view_reader', 'enriched_user_mv', 'select') as granted,
       has_column_privilege('view_reader', 'item_ids_mv', 'offer_id', 'select with grant option') as column_granted,
       has_column_privilege('view_reader', 'item_ids_mv', 'item_id', 'select') as other_column;
select obj_description('enriched_user_mv'::regclass) as comment,
       col_description('enriched_user_mv'::regclass, 1) as column_comment,
       (select reloptions from pg_class where oid = 'enriched_user_mv'::regclass) as storage;
-- The other modes.
select reco.refresh_view('enriched_user_mv', 'concurrent') as concurrent, reco.refresh_view('enriched_user_mv', 'plain') as plain;
-- Build and swap, apart.
insert into enriched_user (user_id) values ('u4');
select reco.build_view('enriched_user_mv', '20250102030405abcdef');
select count(*) as live from enriched_user_mv;
select reco.swap_view('enriched_user_mv', '20250102030405abcdef');
select count(*) as live from enriched_user_mv;
select reco.swap_view('enriched_user_mv', '20250102030405abcdef');
select count(*) as locks from pg_locks where locktype = 'advisory';
select run_id from reco.status() where view = 'enriched_user_mv';

-- Duplicates are told; the live view is as it was.
insert into enriched_user (user_id) values ('u1'), ('u4'), ('u4');
select reco.refresh_view('enriched_user_mv');
select count(*) as live from enriched_user_mv;
select count(*) as leftovers from pg_class where relname like '%\_\_stg\_%' or relname like 'aim\_old%';
select count(*) as locks from pg_locks where locktype = 'advisory';
delete from enriched_user where ctid not in (select min(ctid) from enriched_user group by user_id);

-- What dead runs left is collected; what is not ours stays.
create function get_enriched_user_20250101000000() returns int language sql as 'select 1';
create function get_something_20250101000000() returns int language sql as 'select 1';
create table enriched_user__stg_20250101000000aaaaaa (i int);
create table enriched_user__stg_20250101000001aaaaaa (i int);
create table mine__stg_20250101000000aaaaaa (i int);
create materialized view item_ids_mv__stg_20250101000000aaaaaa as select 1;
select reco.gc(1) as kept_the_newest;
select relname from pg_class where relname like '%\_\_stg\_%' order by 1;
select reco.gc();
select reco.gc() as nothing_more;
select reco.gc(-1);
select relname from pg_class where relname like '%\_\_stg\_%' order by 1;
select proname from pg_proc where proname like 'get\_%\_20250101000000';
drop table mine__stg_20250101000000aaaaaa;
drop function get_something_20250101000000;

-- What cannot be swapped.
select reco.swap_table('enriched_user', 'nothing');
select reco.swap_table('enriched_user', 'enriched_user');
select reco.swap_table('enriched_user', 'item_ids_mv');
create table loaded (like enriched_user);
select reco.swap_table('enriched_user', 'loaded', '-1 s');
drop table loaded;
-- Names with quotes, dots and capitals; nothing live yet.
create table "Order.by""x__new" ("select" int);
select reco.swap_table('"Order.by""x"', 'public."Order.by""x__new"');
select * from reco.reconcile('"Order.by""x"');
drop table "Order.by""x";

-- Views of your own come after what they read, also through a plain view.
create view plain_view as select * from item_ids_mv;
create materialized view a_own_mv as select count(*) from plain_view;
select * from reco.refresh_order() where level > 0;
select reco.refresh_view('a_own_mv', 'plain'), reco.refresh_view('item_ids_mv', 'concurrent');
select reco.refresh_view('item_ids_mv');
drop view plain_view cascade;

-- Side by side, where there are workers; the same views.
call reco.refresh_all('concurrent', 2);
call reco.refresh_all('swap', 0);
select view, mode from reco.run where is_live order by 1;

-- Checksums: over some columns, in their order; strange values; none.
select * from reco.reconcile('non_recommendable_items_data', '{item_id,user_id}');
select (select checksum from reco.reconcile('non_recommendable_items_data', '{user_id,item_id}'))
     = (select checksum from reco.reconcile('non_recommendable_items_data')) as same;
create table strange (t text, d date, ts timestamp, f float8, b bytea, j json, flag bool);
insert into strange values
    (E'back\\slash\x1fé', '2000-01-01', 'infinity', 'NaN', '\xdead', '{"a": 1}', null),
    (null, '-infinity', '0001-01-01', '-0', '', null, true);
select * from reco.reconcile('strange');
select * from reco.reconcile('strange') as r where r.row_count = 0;
truncate strange;
select * from reco.reconcile('public.strange');
select * from reco.reconcile('strange', '{x}');
select * from reco.reconcile('nothing');
drop table strange;
drop owned by view_reader;
drop role view_reader;
