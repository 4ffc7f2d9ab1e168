-- The extension installs, says what it brings, and leaves nothing behind.
\set VERBOSITY terse
select reco.distance_m(0, 0, 0, 0);
create extension aim_pg;
select p.oid::regprocedure as function, p.prorettype::regtype as returns,
       p.provolatile as volatility, p.proisstrict as strict, p.proparallel as parallel
from pg_proc p
where p.pronamespace = 'reco'::regnamespace
order by p.proname;
drop extension aim_pg;
select to_regnamespace('reco');
create extension aim_pg;
