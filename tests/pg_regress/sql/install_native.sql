-- The extension installs, and leaves nothing behind.
select reco.variant();
create extension aim_pg;
select reco.variant();
-- The plain file does not go over it; nor it over the plain file.
\! psql -Xq1 -v ON_ERROR_STOP=1 -d aim_regress_native -f aim_pg.sql 2>&1 | sed -n 's/^psql.* ERROR: /ERROR: /p'
drop extension aim_pg;
select to_regnamespace('reco');
create schema reco;
create extension aim_pg;
drop schema reco;
create extension aim_pg;
-- Where the plain file came first it makes way, unless something else uses it; the log of builds is kept.
drop extension aim_pg;
\! psql -Xq1 -v ON_ERROR_STOP=1 -d aim_regress_native -f aim_pg.sql
insert into reco.run values ('enriched_user_mv', '20260101000000abcdef', 'swap', 7, '2026-01-01', false);
create view reader as select reco.distance_m(0, 0, 1, 1);
\! psql -Xq1 -v ON_ERROR_STOP=1 -d aim_regress_native -f make_way.sql 2>&1 | sed -n 's/^psql.* ERROR: /ERROR: /p'
select reco.variant();
drop view reader;
begin;
\set ECHO none
\i make_way.sql
\set ECHO all
create extension aim_pg;
insert into reco.run select * from pg_temp.aim_pg_run;
commit;
select reco.variant(), view, run_id, row_count from reco.run;
delete from reco.run;
