-- Stage 9: the merchandising report of the 21 days before today.
with

base as (
    select
        parse_date('%Y%m%d', event.event_date) as day,
        timestamp_micros(event.event_timestamp) as ts,
        event.event_name,
        coalesce(event.user_id, event.user_pseudo_id) as uid,
        oracle.parameter(event.event_params, 'page_location') as page,
        oracle.parameter(event.event_params, 'transaction_id') as txn,
        item.item_id as sku, item.item_list_id, item.item_list_index, item.item_category5, item.item_brand,
        item.item_category, item.item_variant, item.price, item.quantity,
        upper(oracle.parameter(item.item_params, 'item_category8')) as c8
    from `oracle.events` as event, unnest(event.items) as item
    where event.suffix between format_date('%Y%m%d', date_sub(@run_day, interval 111 day))
            and format_date('%Y%m%d', date_sub(@run_day, interval 1 day))
        and event.event_name in ('view_item_list', 'purchase')
        and event.geo.country = 'United Kingdom'
        and coalesce(event.user_id, event.user_pseudo_id) is not null
),

views as (
    select
        *,
        case
            when regexp_contains(c8, r'^PX?SUCMM-AIM') then 'AIM U - SWITCH'
            when regexp_contains(c8, r'^X?SUCMM-AIM') then 'AIM U'
            when regexp_contains(c8, r'-AIM') then 'AIM'
            when regexp_contains(c8, r'^X?SUCMM') then 'CAM WAVES U'
            when regexp_contains(c8, r'^PX?SUCMM') then 'CAM WAVES U - SWITCH'
            when regexp_contains(c8, r'^X?UCMM') then 'CAM U'
            when regexp_contains(c8, r'^PX?UCMM') then 'CAM U - SWITCH'
            when regexp_contains(c8, r'^SCMM') then 'CAM WAVES'
            when regexp_contains(c8, r'^PSCMM') then 'CAM WAVES - SWITCH'
            when regexp_contains(c8, r'^CMM') then 'CAM'
            when regexp_contains(c8, r'^PCMM') then 'CAM - SWITCH'
            when upper(trim(item_category5)) = 'NO VRM SEARCH' then 'SIZE'
            else 'NON MERCH VRM'
        end as journey,
        oracle.vehicle_key(item_category5) as vehicle,
        case
            when item_list_index = '(not set)' then null
            when oracle.safe_int(item_list_index) = 200 then 4
            else oracle.safe_int(item_list_index)
        end as slot,
        case oracle.safe_int(item_list_index)
            when 1 then 1 when 2 then 2 when 3 then 3 when 4 then 4 when 200 then 4
            when 99 then 99
            else 100
        end as importance
    from base
    where event_name = 'view_item_list'
        and page is not null
        and not regexp_contains(
            page,
            r'fitfast|truck|manufacturer|seasonal|runflat|reinforced|loadratings|carmanufacturer|speedratings|staging|inforgen'
        )
),

-- Equal places of one moment go by what they show.
numbered as (
    select
        *,
        row_number() over (
            partition by uid, sku, ts
            order by importance, slot nulls first, journey, vehicle nulls last, item_list_id nulls last,
                item_brand nulls last, item_category nulls last, item_variant nulls last
        ) as best
    from views
),

flagged as (
    select
        *,
        row_number() over (partition by day, uid order by ts, importance, slot nulls first, sku nulls last) as of_day,
        row_number() over (partition by day, uid, journey order by ts, importance, slot nulls first, sku nulls last)
            as of_journey
    from numbered
    where best = 1
),

-- One line of a product in an order: the one with the latest view; of several the first, then the largest.
attributed as (
    select
        p.uid, p.sku, p.txn, v.ts,
        coalesce(p.quantity, 1) as units,
        coalesce(p.price, 0) * coalesce(p.quantity, 1) as revenue,
        row_number() over (
            partition by p.txn, p.uid, p.sku
            order by v.ts desc, p.ts, coalesce(p.quantity, 1) desc,
                coalesce(p.price, 0) * coalesce(p.quantity, 1) desc
        ) as line
    from base as p
    join flagged as v on v.uid = p.uid and v.sku = p.sku and v.ts <= p.ts
    where p.event_name = 'purchase'
),

bought as (
    select
        uid, sku, ts,
        count(distinct txn) as orders,
        count(distinct uid) as purchasers,
        sum(units) as units,
        cast(sum(cast(revenue as numeric)) as float64) as revenue
    from attributed
    where line = 1
    group by uid, sku, ts
),

mapping as (
    select oracle.vehicle_key(vehicle) as vehicle, min(Segment) as Segment, min(Pod) as Pod, min(Category) as Category
    from `AIM.aim-vehiclemapping`
    group by 1
),

report as (
    select
        f.*, m.Segment, m.Pod, m.Category, b.orders, b.purchasers, b.units, b.revenue,
        f.day between date '2025-10-27' and date '2025-11-09' as is_bad
    from flagged as f
    left join bought as b on b.uid = f.uid and b.sku = f.sku and b.ts = f.ts
    left join mapping as m on m.vehicle = f.vehicle
    where f.sku is not null
        and f.day between date_sub(@run_day, interval 21 day) and date_sub(@run_day, interval 1 day)
)

select
    day as Date,
    journey as journey_category,
    vehicle as Vehicle,
    item_list_id as Size,
    slot as SlotPosition,
    case importance
        when 1 then 'Hotbox 1' when 2 then 'Hotbox 2' when 3 then 'Hotbox 3' when 4 then 'Hotbox 4'
        when 99 then 'BrandSelector'
        else 'Waves'
    end as MerchandisingPosition,
    item_brand as Manufacturer,
    item_category as ModelName,
    item_variant as Variant,
    sku as SKU,
    if(is_bad, null, if(of_day = 1, 1, 0)) as TotalUsers,
    Segment, Pod, Category,
    if(is_bad, null, coalesce(orders, 0)) as Orders,
    if(is_bad, null, coalesce(purchasers, 0)) as Purchasers,
    if(is_bad, null, coalesce(units, 0)) as PurchasedUnits,
    if(is_bad, null, coalesce(revenue, 0.0)) as PurchasedRevenue,
    if(is_bad, null, if(of_journey = 1, 1, 0)) as UsersUniqueDayJourney
from report
