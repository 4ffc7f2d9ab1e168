{#- How near predictions were: 1 less the mean relative error over what did not come to 0. NULL without any. -#}
select 1 - avg(abs(p.predicted::double - a.actual::double) / abs(a.actual::double))
from {{ predictions }} p
join {{ actuals }} a on a.asin = p.asin and a.site = p.site and a.snapshot_date::date = p.snapshot_date::date
where a.actual::double <> 0 and isfinite(a.actual::double) and isfinite(p.predicted::double)
