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
