{# Where replies are kept as they come: a later reply for a CAM replaces an earlier one. #}
create schema if not exists aim_run;

create or replace table aim_run.results (
    seq bigint,
    idx bigint,
    vehicle varchar,
    size varchar,
    hb1 varchar,
    hb2 varchar,
    hb3 varchar,
    hb4 varchar,
    skus varchar,
    success boolean,
    error_code varchar
);
