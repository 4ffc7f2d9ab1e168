{#- Minutes that runs were late. -#}
select pipeline, date_diff('second', scheduled_at::timestamp, completed_at::timestamp) / 60 as minutes
from {{ events }}
where scheduled_at is not null and completed_at is not null
order by 1, scheduled_at
