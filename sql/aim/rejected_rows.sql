{# Where data that no table takes is kept, with the reason. run_id: its earlier rows are replaced. #}
create schema if not exists {{ "AIM" | ident }};

create table if not exists {{ table("AIM", "aim-rejected-rows") }} (
    run_id varchar,
    source varchar,
    reason varchar,
    content varchar
);

delete from {{ table("AIM", "aim-rejected-rows") }} where run_id = {{ run_id | lit }};
