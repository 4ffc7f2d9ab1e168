-- What stages 6 to 8 begin with: the recommended products, one row each. SKU17 to SKU20 are never used.
with

tokens as (
    select
        r.Vehicle, r.Size, r.HB1, place + 1 as token_position, oracle.safe_int(token) as product_id
    from `AIM.AIMData` as r, unnest([
        r.HB1, r.HB2, r.HB3, r.HB4, r.SKU1, r.SKU2, r.SKU3, r.SKU4, r.SKU5, r.SKU6, r.SKU7, r.SKU8, r.SKU9, r.SKU10,
        r.SKU11, r.SKU12, r.SKU13, r.SKU14, r.SKU15, r.SKU16
    ]) as token with offset as place
)

select
    t.*,
    m.CarMake as Make, m.CarModel as Model, m.Segment, m.Category,
    c.Manufacturer, c.Model_Name, c.OE,
    regexp_extract(t.Size, r'^([0-9]+)') as Width,
    regexp_extract(t.Size, r'/([0-9]+)\s') as Profile,
    regexp_extract(t.Size, r'R([0-9]+)$') as Rim
from tokens as t
left join `AIM.aim-vehiclemapping` as m on oracle.vehicle_key(m.vehicle) = oracle.vehicle_key(t.Vehicle)
left join `AIM.aim-catalogue` as c on oracle.safe_int(c.Product_ID) = t.product_id
where t.product_id is not null
