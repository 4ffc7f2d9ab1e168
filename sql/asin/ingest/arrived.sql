{#- Per series: days asked for, records received, and rows that the table now has of those days (D-ING-4: what was
    received was compared with itself). -#}
select a.asin, a.site, a.until - a.since + 1, a.items, count(r.asin)
from answers a
left join (
    select distinct asin, site, left(dt, 10) as day from arrived_timeseries
) d on d.asin = a.asin and d.site = a.site
left join {{ table(schema, 'fact_timeseries_raw') }} r
    on r.asin = d.asin and r.site = d.site and left(r.dt, 10) is not distinct from d.day
where a.kind = 'timeseries'
group by all
order by a.asin, a.site
