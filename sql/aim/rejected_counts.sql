{# What was kept aside in a run, by source and reason. #}
select source, reason, count(*) as rejected
from {{ table("AIM", "aim-rejected-rows") }}
where run_id = {{ run_id | lit }}
group by all
order by all
