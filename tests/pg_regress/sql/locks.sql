\set VERBOSITY terse
-- A reader in another session, one that does not end, and what a swap does then.
create extension dblink;
select dblink_connect('reader', format('host=%s user=%s dbname=%s', :'HOST', :'USER', :'DBNAME'));
select dblink_exec('reader', 'begin');
select * from dblink('reader', 'select count(*) from enriched_user_mv') as (rows bigint);
select * from dblink('reader', 'select count(*) from enriched_user') as (rows bigint);
create table loaded (like enriched_user);
select relfilenode as before from pg_class where oid = 'enriched_user_mv'::regclass \gset
do $$
begin
    perform reco.swap_table('enriched_user', 'loaded', '20 ms');
exception when lock_not_available then
    raise info '% %', sqlstate, sqlerrm;
end
$$;
select reco.build_view('enriched_user_mv', '20250102030405abcdef') > 0 as built;
do $$
begin
    perform reco.swap_view('enriched_user_mv', '20250102030405abcdef', '20 ms');
exception when lock_not_available then
    raise info '% %', sqlstate, sqlerrm;
end
$$;
select relfilenode = :before as as_it_was, to_regclass('loaded') is not null as staging,
       to_regclass('enriched_user_mv__stg_20250102030405abcdef') is not null as build
from pg_class where oid = 'enriched_user_mv'::regclass;
select current_setting('lock_timeout') as lock_timeout;
-- The build is held by this session: another one neither refreshes the view, nor collects the build.
select dblink_exec('reader', 'commit');
select dblink_exec('reader', 'set lock_timeout = 20');
select * from dblink('reader', 'select reco.refresh_view(''enriched_user_mv'')') as (rows bigint);
select * from dblink('reader', 'select reco.gc()') as (dropped int);
-- Readers are gone.
select reco.swap_view('enriched_user_mv', '20250102030405abcdef', '20 ms');
select relfilenode = :before as as_it_was, to_regclass('enriched_user_mv__stg_20250102030405abcdef') as build
from pg_class where oid = 'enriched_user_mv'::regclass;
select * from dblink('reader', 'select reco.refresh_view(''enriched_user_mv'')') as (rows bigint);
-- What a session built that is gone, another one may swap in; two builds of one session are one hold.
select * from dblink('reader', 'select reco.build_view(''enriched_user_mv'', ''20250102030406abcdef'')') as (rows bigint);
select dblink_disconnect('reader');
select pg_sleep(0.2);
select reco.swap_view('enriched_user_mv', '20250102030406abcdef');
select reco.build_view('enriched_user_mv', '20250102030407abcdef') as first, reco.build_view('enriched_user_mv', '20250102030408abcdef') as second;
select reco.swap_view('enriched_user_mv', '20250102030408abcdef');
select count(*) as locks from pg_locks where locktype = 'advisory';
select reco.gc() as view_and_function;
select dblink_connect('reader', format('host=%s user=%s dbname=%s', :'HOST', :'USER', :'DBNAME'));
-- An import of the base holds the view back.
select dblink_exec('reader', 'do $d$ begin perform pg_advisory_lock(hashtext(''aim recommendation export''), hashtext(''public.enriched_user'')); end $d$');
set lock_timeout = 20;
select reco.refresh_view('enriched_user_mv');
select dblink_disconnect('reader');
reset lock_timeout;
drop table loaded;
drop extension dblink;
