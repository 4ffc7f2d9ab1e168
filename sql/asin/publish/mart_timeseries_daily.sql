select * exclude (_ingested_at)
from {{ table(schema, 'mart_timeseries_daily') }}
where dt between {{ date | lit(type='date') }} - {{ days }} and {{ date | lit(type='date') }}
