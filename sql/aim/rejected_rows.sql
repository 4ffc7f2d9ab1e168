{# Where data that no table takes is kept, with the reason. run_id: its earlier rows are replaced. #}
{% from dialect import text %}
create schema if not exists {{ "AIM" | ident }};

create table if not exists {{ table("AIM", "aim-rejected-rows") }} (
    run_id {{ text }},
    source {{ text }},
    reason {{ text }},
    content {{ text }}
);

delete from {{ table("AIM", "aim-rejected-rows") }} where run_id = {{ run_id | lit }};
