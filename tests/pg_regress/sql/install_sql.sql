-- The file installs in one transaction, also over itself.
\set VERBOSITY terse
select reco.variant();
begin;
\set ECHO none
\i aim_pg.sql
\set ECHO all
commit;
select reco.variant();
-- Over another version: its function that there is no more goes, one of yours stays.
create function reco.of_another_version() returns int language sql as 'select 1';
create function reco.yours() returns int language sql as 'select 2';
insert into reco.part values ('reco.of_another_version()');
begin;
\set ECHO none
\i aim_pg.sql
\set ECHO all
commit;
select to_regproc('reco.of_another_version') as dropped, reco.yours() as kept;
drop function reco.yours();
-- Statement by statement, it refuses.
\! psql -Xq -v ON_ERROR_STOP=1 -d aim_regress_sql -f aim_pg.sql 2>&1 | sed -n 's/^psql.* ERROR: /ERROR: /p'
select count(*) = (select count(*) from reco.part) as all_there from pg_proc where pronamespace = 'reco'::regnamespace;
