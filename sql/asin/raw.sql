{#- What was ingested, with what is known of the products. -#}
select r.*, d.* exclude (asin, site, title, brand, category_path, first_seen, last_seen), r.rowid as "#place"
from {{ table(schema, 'fact_timeseries_raw') }} r
left join {{ table(schema, 'dim_asin') }} d on r.asin = d.asin and r.site = d.site
