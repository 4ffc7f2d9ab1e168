{#- Reviews by their id. -#}
create or replace temp table arrived_reviews as
select
    asin,
    site,
    item ->> 'review_id' as review_id,
    try_cast(item ->> 'dt' as date) as dt,
    try_cast(item ->> 'rating' as double) as rating,
    item ->> 'title' as title,
    item ->> 'text' as text,
    try_cast(item ->> 'verified' as boolean) as verified,
    fetched_at as _ingested_at
from (select asin, site, fetched_at, unnest(from_json(body, '["json"]')) as item from answers where kind = 'reviews')
where item ->> 'review_id' is not null
qualify row_number() over (partition by asin, site, review_id order by dt desc nulls last, text) = 1;

delete from {{ table(schema, 'fact_reviews') }} as old
where exists (
    select 1 from arrived_reviews new
    where new.asin = old.asin and new.site = old.site and new.review_id = old.review_id
);

insert into {{ table(schema, 'fact_reviews') }} by name select * from arrived_reviews
