{#- Revenue by category on the last of two weeks' days, beside that of the day before it with any: price times
    estimated sales. A category that was not there has no share to grow by. -#}
with revenue as (
    select category, dt, sum(price * est_sales) as revenue
    from {{ table(schema, 'mart_timeseries_daily') }}
    where dt between {{ date | lit(type='date') }} - 13 and {{ date | lit(type='date') }} and category is not null
    group by all
),
days as (
    select distinct dt from revenue order by dt desc limit 2
),
last_two as (
    select
        category,
        sum(revenue) filter (dt = (select max(dt) from days)) as last,
        case when (select count(*) from days) = 2 then sum(revenue) filter (dt = (select min(dt) from days)) end as previous
    from revenue
    group by category
)
select
    category,
    previous,
    last,
    case when (select count(*) from days) < 2 then 0 else last - previous end as delta,
    case when previous <> 0 then (last - previous) / previous end as delta_pct
from last_two
order by category
