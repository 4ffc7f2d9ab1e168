\set VERBOSITY terse
-- What only native code has: functions in the place of those in SQL, and parts of the aggregate, which are
-- nothing to call.
select p.oid::regprocedure as native from pg_proc p
where p.pronamespace = 'reco'::regnamespace and p.prolang = (select oid from pg_language where lanname = 'c')
order by p.proname;
select reco.robust_stats_add(null, 1);
select reco.robust_stats_final(null::internal);
