\set VERBOSITY terse
-- What only native code has: functions in the place of those in SQL, and parts of the aggregate, which are
-- nothing to call.
select p.oid::regprocedure as native from pg_proc p
where p.pronamespace = 'reco'::regnamespace and p.prolang = (select oid from pg_language where lanname = 'c')
order by p.proname;
select reco.robust_stats_add(null, 1);
select reco.robust_stats_final(null::internal);
-- Workers refresh side by side; a view that cannot be refreshed is left to the caller, who finds out why.
select max(run_id) as before from reco.run \gset
select reco.refresh_by_workers('{enriched_user_mv,item_ids_mv,non_recommendable_items_mv}', 'swap', 2) as left_over;
select view, run_id > :'before' as built_since from reco.status() where run_id > :'before' order by 1;
select reco.refresh_by_workers('{enriched_user_mv,nothing_mv}', 'concurrent', 2) as left_over;
call reco.refresh_all('swap', 3);
select view, run_id > :'before' as built_since from reco.status() where run_id > :'before' order by 1;
call reco.refresh_all('fast', 3);
select count(*) as locks from pg_locks where locktype = 'advisory';
