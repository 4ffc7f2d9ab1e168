-- Stage 6: the analysis table, a row per make, model and size; vehicles without a mapping fall together.
with

labelled as (
    select
        *,
        coalesce(Manufacturer, '') || '-' || coalesce(Model_Name, '') || '-' || cast(product_id as string) as label,
        upper(regexp_replace(lower(trim(Make || Model || Width || Profile || Rim)), r'[^a-z0-9]', '')) as CAM
    from `oracle.token_rows`
),

counts as (
    select Make, Model, Width, Profile, Rim, count(distinct product_id) as distinct_sku_count
    from labelled
    group by Make, Model, Width, Profile, Rim
),

pivoted as (
    select
        Make, Model, Width, Profile, Rim, Segment, Category, CAM,
        max(if(token_position = 1, label, null)) as SKU,
        max(if(token_position = 2, label, null)) as SKU2,
        max(if(token_position = 3, label, null)) as SKU3,
        max(if(token_position = 4, label, null)) as SKU4,
        max(if(token_position = 5, label, null)) as SKU5,
        max(if(token_position = 6, label, null)) as SKU6,
        max(if(token_position = 7, label, null)) as SKU7,
        max(if(token_position = 8, label, null)) as SKU8,
        max(if(token_position = 9, label, null)) as SKU9,
        max(if(token_position = 10, label, null)) as SKU10,
        max(if(token_position = 11, label, null)) as SKU11,
        max(if(token_position = 12, label, null)) as SKU12,
        max(if(token_position = 13, label, null)) as SKU13,
        max(if(token_position = 14, label, null)) as SKU14,
        max(if(token_position = 15, label, null)) as SKU15,
        max(if(token_position = 16, label, null)) as SKU16,
        max(if(token_position = 17, label, null)) as SKU17,
        max(if(token_position = 18, label, null)) as SKU18,
        max(if(token_position = 19, label, null)) as SKU19,
        max(if(token_position = 20, label, null)) as SKU20
    from labelled
    group by Make, Model, Width, Profile, Rim, Segment, Category, CAM
)

select
    @run_day as Today,
    p.Make, p.Model, p.Width, p.Profile, p.Rim,
    p.SKU,
    p.SKU2,
    p.SKU3,
    p.SKU4,
    p.SKU5,
    p.SKU6,
    p.SKU7,
    p.SKU8,
    p.SKU9,
    p.SKU10,
    p.SKU11,
    p.SKU12,
    p.SKU13,
    p.SKU14,
    p.SKU15,
    p.SKU16,
    p.SKU17,
    p.SKU18,
    p.SKU19,
    p.SKU20,
    p.Segment, p.Category, p.CAM,
    c.distinct_sku_count,
    -- Manual CAMs lose their blanks only.
    if(
        p.CAM in (select upper(regexp_replace(CAM, r'\s', '')) from `AIM.aim-manual-cams` where CAM is not null),
        'manual', 'AIM'
    ) as CAMSource
from pivoted as p
left join counts as c
    on c.Make = p.Make and c.Model = p.Model and c.Width = p.Width and c.Profile = p.Profile and c.Rim = p.Rim
