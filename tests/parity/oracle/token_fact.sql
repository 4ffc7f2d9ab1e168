-- Stage 8: the token fact, a row per recommended product.
select
    @run_day as snapshot_date,
    t.Manufacturer, t.Make, t.Model, t.Vehicle, t.Size, t.Segment, t.Category, t.Model_Name, t.OE,
    t.OE is not null and t.OE != '' as has_oe,
    t.product_id as sku,
    t.token_position,
    case t.token_position
        when 1 then 'Hotbox 1'
        when 2 then 'Hotbox 2'
        when 3 then 'Hotbox 3'
        when 4 then 'Hotbox 4'
        else 'Waves'
    end as token_bucket,
    t.token_position in (1, 2, 3, 4) as is_hotbox,
    if(t.token_position in (1, 2, 3, 4), t.token_position, null) as hotbox_n,
    -- Only blanks are taken out.
    upper(regexp_replace(trim(t.Make || t.Model || t.Width || t.Profile || t.Rim), r'\s', '')) as CAM,
    -- Capitals are taken out of what manual CAMs are compared with.
    if(
        upper(regexp_replace(trim(t.Make || t.Model || t.Width || t.Profile || t.Rim), r'[^a-z0-9]', '')) in (
            select upper(regexp_replace(lower(trim(CAM)), r'[^a-z0-9]', ''))
            from `AIM.aim-manual-cams`
            where CAM is not null
        ),
        'manual', 'AIM'
    ) as CAMSource,
    (
        select count(distinct o.product_id)
        from `oracle.token_rows` as o
        where o.Make is not distinct from t.Make and o.Model is not distinct from t.Model
            and o.Width is not distinct from t.Width and o.Profile is not distinct from t.Profile
            and o.Rim is not distinct from t.Rim
    ) as distinct_sku_count
from `oracle.token_rows` as t
