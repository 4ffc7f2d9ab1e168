-- What there is to call, alike in both variants; without the parts of the aggregate.
select reco.version();
\a
select p.oid::regprocedure as function, pg_get_function_result(p.oid) as returns,
       p.provolatile as volatility, p.proparallel as parallel
from pg_proc p
where p.pronamespace = 'reco'::regnamespace and p.proname !~ '^robust_stats_'
order by p.proname;
\a
-- Whoever may log in may use it.
create role anyone;
set role anyone;
select reco.distance_m(0, 0, 0, 1) > 0 as works;
reset role;
drop role anyone;
