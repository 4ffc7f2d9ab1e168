{#- Keywords of a product. -#}
create or replace temp table arrived_keywords as
select
    asin,
    site,
    item ->> 'keyword' as keyword,
    try_cast(item ->> 'est_search_volume' as double) as est_search_volume,
    try_cast(item ->> 'cpc' as double) as cpc,
    try_cast(item ->> 'difficulty' as double) as difficulty,
    fetched_at as _ingested_at
from (select asin, site, fetched_at, unnest(from_json(body, '["json"]')) as item from answers where kind = 'keywords')
where item ->> 'keyword' is not null
qualify row_number() over (partition by asin, site, keyword order by est_search_volume desc nulls last) = 1;

delete from {{ table(schema, 'fact_keywords') }} as old
where exists (
    select 1 from arrived_keywords new
    where new.asin = old.asin and new.site = old.site and new.keyword = old.keyword
);

insert into {{ table(schema, 'fact_keywords') }} by name select * from arrived_keywords
