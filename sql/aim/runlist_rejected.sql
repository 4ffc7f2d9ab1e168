{# Keeps aside what of the runlist is not asked for: rows without a vehicle or a size (D-10: one of them made
   its whole batch fail). run_id. #}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'runlist',
    'row has no vehicle or no size',
    'row ' || line || ': ' || coalesce(vehicle, '') || ', ' || coalesce(size, '')
from runlist_rows
where is_incomplete
order by line;

drop table runlist_rows;
