{#- The candidates of the week, the newest day first. -#}
select s.dt, s.site, s.category, s.rank_in_cat, s.asin, d.title, d.brand, s.explosive_score
from {{ table(schema, 'score_baseline_daily') }} s
left join {{ table(schema, 'dim_asin') }} d on d.asin = s.asin and d.site = s.site
where s.dt between {{ date | lit(type='date') }} - 6 and {{ date | lit(type='date') }} and s.rank_in_cat is not null
order by s.dt desc, s.rank_in_cat, s.explosive_score desc, s.site, s.asin
limit 100
