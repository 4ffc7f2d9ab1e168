-- CAM_SKU after stage 4: what was recommended, merged into what was there.
with

staged as (
    select
        line,
        trim(regexp_replace(Vehicle, r'\s+', ' ')) as vehicle,
        upper(trim(regexp_replace(Size, r'\s+', ' '))) as size,
        oracle.product(HB1) as p1,
        oracle.product(HB2) as p2,
        oracle.product(HB3) as p3,
        oracle.product(HB4) as p4,
        oracle.product(SKU1) as p5,
        oracle.product(SKU2) as p6,
        oracle.product(SKU3) as p7,
        oracle.product(SKU4) as p8,
        oracle.product(SKU5) as p9,
        oracle.product(SKU6) as p10,
        oracle.product(SKU7) as p11,
        oracle.product(SKU8) as p12,
        oracle.product(SKU9) as p13,
        oracle.product(SKU10) as p14,
        oracle.product(SKU11) as p15,
        oracle.product(SKU12) as p16,
        oracle.product(SKU13) as p17,
        oracle.product(SKU14) as p18,
        oracle.product(SKU15) as p19,
        oracle.product(SKU16) as p20,
        oracle.product(SKU17) as p21,
        oracle.product(SKU18) as p22,
        oracle.product(SKU19) as p23,
        oracle.product(SKU20) as p24
    from `after.AIMData`
),

-- Mapped vehicles and plain sizes only; of several rows of one CAM the first in the results.
source as (
    select
        s.*,
        m.CarMake as new_make,
        m.CarModel as new_model,
        regexp_extract(size, r'^([0-9]{3})') as new_width,
        regexp_extract(size, r'/\s*([0-9]{2})') as new_profile,
        regexp_extract(size, r'R\s*([0-9]{2})$') as new_rim
    from staged as s
    join `AIM.aim-vehiclemapping` as m on oracle.vehicle_key(m.vehicle) = oracle.vehicle_key(s.vehicle)
    where m.CarMake is not null and m.CarModel is not null
        and regexp_contains(size, r'^[0-9]{3}\s*/\s*[0-9]{2}\s*[A-Z]*\s*R\s*[0-9]{2}$')
    qualify row_number() over (
        partition by upper(trim(new_make)), upper(trim(new_model)), new_width, new_profile, new_rim
        order by line, new_make, new_model
    ) = 1
),

merged as (
    select
        t.*,
        s.* except (line, vehicle, size),
        timestamp_add(timestamp(@run_day), interval 435 minute) as now,
        t.Make is null
            or (s.new_make is not null and timestamp_add(timestamp(@run_day), interval 435 minute) >= t.last_modified)
            as is_newer
    from source as s
    full join `CAM_files.CAM_SKU` as t
        on upper(trim(t.Make)) = upper(trim(s.new_make)) and upper(trim(t.Model)) = upper(trim(s.new_model))
        and trim(t.Width) = s.new_width and trim(t.Profile) = s.new_profile and trim(t.Rim) = s.new_rim
)

select
    if(is_newer, new_make, Make) as Make,
    if(is_newer, new_model, Model) as Model,
    coalesce(Width, new_width) as Width,
    coalesce(Profile, new_profile) as Profile,
    coalesce(Rim, new_rim) as Rim,
    if(is_newer, coalesce(p1, SKU1), SKU1) as SKU1,
    if(is_newer, coalesce(p2, SKU2), SKU2) as SKU2,
    if(is_newer, coalesce(p3, SKU3), SKU3) as SKU3,
    if(is_newer, coalesce(p4, SKU4), SKU4) as SKU4,
    if(is_newer, coalesce(p5, SKU5), SKU5) as SKU5,
    if(is_newer, coalesce(p6, SKU6), SKU6) as SKU6,
    if(is_newer, coalesce(p7, SKU7), SKU7) as SKU7,
    if(is_newer, coalesce(p8, SKU8), SKU8) as SKU8,
    if(is_newer, coalesce(p9, SKU9), SKU9) as SKU9,
    if(is_newer, coalesce(p10, SKU10), SKU10) as SKU10,
    if(is_newer, coalesce(p11, SKU11), SKU11) as SKU11,
    if(is_newer, coalesce(p12, SKU12), SKU12) as SKU12,
    if(is_newer, coalesce(p13, SKU13), SKU13) as SKU13,
    if(is_newer, coalesce(p14, SKU14), SKU14) as SKU14,
    if(is_newer, coalesce(p15, SKU15), SKU15) as SKU15,
    if(is_newer, coalesce(p16, SKU16), SKU16) as SKU16,
    if(is_newer, coalesce(p17, SKU17), SKU17) as SKU17,
    if(is_newer, coalesce(p18, SKU18), SKU18) as SKU18,
    if(is_newer, coalesce(p19, SKU19), SKU19) as SKU19,
    if(is_newer, coalesce(p20, SKU20), SKU20) as SKU20,
    if(is_newer, coalesce(p21, SKU21), SKU21) as SKU21,
    if(is_newer, coalesce(p22, SKU22), SKU22) as SKU22,
    if(is_newer, coalesce(p23, SKU23), SKU23) as SKU23,
    if(is_newer, coalesce(p24, SKU24), SKU24) as SKU24,
    unix_micros(if(is_newer, now, last_modified)) as last_modified
from merged
