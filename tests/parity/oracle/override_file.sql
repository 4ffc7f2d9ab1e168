-- Stage 7: the override file, a row per vehicle and size with a first hotbox.
with

named as (
    select
        *,
        lower(
            'aim-' || regexp_replace(Make, r'\s', '') || '-' || regexp_replace(Model, r'\s', '') || '-' || Width || '-'
            || Profile || '-' || Rim
        ) as TakeoverName,
        upper(regexp_replace(lower(trim(Make || Model || Width || Profile || Rim)), r'[^a-z0-9]', '')) as CAM
    from `oracle.token_rows`
    where HB1 is not null and HB1 != '0'
),

counts as (
    select Make, Model, Width, Profile, Rim, count(distinct product_id) as distinct_sku_count
    from named
    group by Make, Model, Width, Profile, Rim
),

pivoted as (
    select
        Make, Model, Width, Profile, Rim, TakeoverName, Segment, Category, Size, Vehicle, CAM,
        max(if(token_position = 1, product_id, null)) as SKU,
        max(if(token_position = 2, product_id, null)) as SKU2,
        max(if(token_position = 3, product_id, null)) as SKU3,
        max(if(token_position = 4, product_id, null)) as SKU4,
        max(if(token_position = 5, product_id, null)) as SKU5,
        max(if(token_position = 6, product_id, null)) as SKU6,
        max(if(token_position = 7, product_id, null)) as SKU7,
        max(if(token_position = 8, product_id, null)) as SKU8,
        max(if(token_position = 9, product_id, null)) as SKU9,
        max(if(token_position = 10, product_id, null)) as SKU10,
        max(if(token_position = 11, product_id, null)) as SKU11,
        max(if(token_position = 12, product_id, null)) as SKU12,
        max(if(token_position = 13, product_id, null)) as SKU13,
        max(if(token_position = 14, product_id, null)) as SKU14,
        max(if(token_position = 15, product_id, null)) as SKU15,
        max(if(token_position = 16, product_id, null)) as SKU16,
        max(if(token_position = 17, product_id, null)) as SKU17,
        max(if(token_position = 18, product_id, null)) as SKU18,
        max(if(token_position = 19, product_id, null)) as SKU19,
        max(if(token_position = 20, product_id, null)) as SKU20,
        -- Of the first place that has one, of several the smallest.
        array_agg(Manufacturer ignore nulls order by token_position, Manufacturer)[safe_offset(0)] as Manufacturer,
        array_agg(Model_Name ignore nulls order by token_position, Model_Name)[safe_offset(0)] as ModelName,
        array_agg(OE ignore nulls order by token_position, OE)[safe_offset(0)] as OE
    from named
    group by Make, Model, Width, Profile, Rim, TakeoverName, Segment, Category, Size, Vehicle, CAM
)

select
    @run_day as Today,
    p.Make, p.Model, p.Width, p.Profile, p.Rim,
    p.SKU, p.TakeoverName, '' as RibbonName,
    p.SKU2, '' as RibbonName2,
    p.SKU3, '' as RibbonName3,
    p.SKU4, '' as RibbonName4,
    'UK' as Country, '' as Year, 4 as CAMUSlot,
    p.SKU5, '' as RibbonName5,
    p.SKU6, '' as RibbonName6,
    p.SKU7, '' as RibbonName7,
    p.SKU8, '' as RibbonName8,
    p.SKU9, '' as RibbonName9,
    p.SKU10, '' as RibbonName10,
    p.SKU11, '' as RibbonName11,
    p.SKU12, '' as RibbonName12,
    p.SKU13, '' as RibbonName13,
    p.SKU14, '' as RibbonName14,
    p.SKU15, '' as RibbonName15,
    p.SKU16, '' as RibbonName16,
    p.SKU17, '' as RibbonName17,
    p.SKU18, '' as RibbonName18,
    p.SKU19, '' as RibbonName19,
    p.SKU20, '' as RibbonName20,
    p.Manufacturer, p.ModelName, p.OE, p.Segment, p.Category, p.Size, p.Vehicle, p.CAM,
    c.distinct_sku_count,
    if(
        p.CAM in (
            select upper(regexp_replace(lower(trim(CAM)), r'[^a-z0-9]', ''))
            from `AIM.aim-manual-cams`
            where CAM is not null
        ),
        'manual', 'AIM'
    ) as CAMSource
from pivoted as p
left join counts as c
    on c.Make = p.Make and c.Model = p.Model and c.Width = p.Width and c.Profile = p.Profile and c.Rim = p.Rim
