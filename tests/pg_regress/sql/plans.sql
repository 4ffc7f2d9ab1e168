-- On enough rows, every filter finds its rows by an index, with the settings as they are.
set client_min_messages = warning;
insert into recommendable_offers_raw
select 'i' || i % 20000, 'f' || i, '2025-01-01', null, i % 100, 48 + i % 1000 / 1000.0, 2 + i % 777 / 1000.0,
       50000, 'p' || i, false, true
from generate_series(1, 100000) i;
insert into non_recommendable_items_data select 'v' || i % 5000, 'i' || i from generate_series(1, 50000) i;
insert into enriched_user select 'v' || i, null, '2005-01-01', 300, 100, 1, 1, 1 from generate_series(1, 20000) i;
select sum(reco.refresh_view(v)) > 0 as refreshed
from unnest('{enriched_user_mv,item_ids_mv,non_recommendable_items_mv,recommendable_offers_raw_mv}'::text[]) v;
-- Which relations a query scans, how, and whether a function hides it.
create function pg_temp.scans(query text) returns setof text language plpgsql as $$
declare
    line text;
begin
    for line in execute 'explain (costs off) ' || query loop
        if line ~ 'Scan' then
            return next regexp_replace(regexp_replace(btrim(line, ' ->'), '_[0-9]{14}', '_<ts>'), '(Bitmap Heap|Bitmap Index|Index Only|Index) Scan.* on (\S+).*', '\1 Scan on \2');
        end if;
    end loop;
end
$$;
select pg_temp.scans('select * from reco.booked_items(''v1'')') as booked_items;
select pg_temp.scans('select * from reco.offer_item(''f1'')') as offer_item;
select pg_temp.scans('select * from reco.filter_items(''v1'', ''{i1,i2,i3}'')') ~ 'Seq Scan' as filter_items;
select scan as nearest_offers
from pg_temp.scans('select * from reco.nearest_offers(''{i1,i2,i3}'', 2.3, 48.8, ''v1'')') scan where scan like '%offers_raw%';
select scan as offer_distances
from pg_temp.scans('select * from reco.offer_distances(''{f1,f2,f3}'', 2.3, 48.8)') scan where scan like '%offers_raw%';
select pg_temp.scans('select * from reco.user_context(''v1'')') as user_context;
-- Also for a statement that is prepared, whatever its plan.
select array_agg('i' || i) as items from generate_series(0, 599) i \gset
set plan_cache_mode = force_generic_plan;
prepare nearest(text[], float8, float8) as select count(*) from reco.nearest_offers($1, $2, $3);
execute nearest(:'items', 2.3, 48.5);
select scan as generic_plan from pg_temp.scans('execute nearest(''{i1}'', 2.3, 48.5)') scan where scan like '%offers_raw%';
-- And it goes on over a swap.
select reco.refresh_view('recommendable_offers_raw_mv') > 100000 as swapped;
execute nearest(:'items', 2.3, 48.5);
reset plan_cache_mode;
