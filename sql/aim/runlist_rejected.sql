{# Keeps aside what of the runlist is not asked for: rows without a vehicle or a size (D-10: one of them made
   its whole batch fail); and says which rows have no place. run_id. #}
insert into {{ table("AIM", "aim-rejected-rows") }}
select
    {{ run_id | lit }},
    'runlist',
    if(is_incomplete, 'row has no vehicle or no size', 'rank is no number: the row comes last'),
    'row ' || line || ': ' || coalesce(vehicle, '') || ', ' || coalesce(size, '')
from runlist_rows
where is_incomplete or is_unranked
order by line;

drop table runlist_rows;
