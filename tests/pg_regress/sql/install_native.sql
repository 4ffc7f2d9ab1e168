-- The extension installs, and leaves nothing behind.
select reco.variant();
create extension aim_pg;
select reco.variant();
drop extension aim_pg;
select to_regnamespace('reco');
create extension aim_pg;
