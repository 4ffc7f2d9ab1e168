{# Notes in the run's own tables how far they are. snapshot: what the run has come to, as JSON. #}
create schema if not exists aim_run;

create or replace table aim_run.boundary as select {{ snapshot | lit }} as snapshot
