\set VERBOSITY terse
-- What only native code has. Parts of the aggregate are nothing to call.
select reco.robust_stats_add(null, 1);
select reco.robust_stats_final(null::internal);
