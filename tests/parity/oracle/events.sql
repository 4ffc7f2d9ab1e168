-- The click-stream of all days, each row with the day its table is named after; read by stages 3 and 9.
select
    _table_suffix as suffix, event_date, event_timestamp, event_name, user_pseudo_id, user_id, geo, event_params, items
from `analytics.events_*`
