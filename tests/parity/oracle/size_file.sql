-- Stage 5: the size file, from the newest override file there is before stage 7 runs.
with

newest as (
    select * from `AIM.AIM-override-file` where Today = (select max(Today) from `AIM.AIM-override-file`)
),

products as (
    select n.Width, n.Profile, n.Rim, cast(token as string) as product_id
    from newest as n, unnest([
        n.SKU, n.SKU2, n.SKU3, n.SKU4, n.SKU5, n.SKU6, n.SKU7, n.SKU8, n.SKU9, n.SKU10, n.SKU11, n.SKU12, n.SKU13,
        n.SKU14, n.SKU15, n.SKU16, n.SKU17, n.SKU18, n.SKU19, n.SKU20
    ]) as token
    where length(cast(token as string)) >= 8
),

ranked as (
    select
        Width, Profile, Rim, product_id,
        row_number() over (partition by Width, Profile, Rim order by count(*) desc, product_id) as rnk
    from products
    group by Width, Profile, Rim, product_id
),

slots as (
    select slot_offset + 1 as slot, rnk
    from unnest([
        1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 10, 11, 2, 12, 13, 14, 3, 15, 16, 17, 4, 18, 19, 20, 21, 22, 23, 24, 25, 26,
        27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53,
        54, 55, 56
    ]) as rnk with offset as slot_offset
)

select
    r.product_id,
    cast(s.slot as numeric) + numeric '0.001' as slot_number,
    'AIM_Size' as Rationale, 'AIM_Size' as Initiative, 'AIM_Size' as Notes,
    @run_day as Start_date,
    date_add(@run_day, interval 30 day) as Review_date,
    b.Brand,
    r.Width || '/' || r.Profile || ' R' || r.Rim as Size
from ranked as r
join slots as s on s.rnk = r.rnk
join `Reference_Tables.Product_catalogue_with_price` as b on cast(b.SKU as string) = r.product_id
where b.Brand is not null and r.Width is not null and r.Profile is not null and r.Rim is not null
