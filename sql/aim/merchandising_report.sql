{# The merchandising report of the 21 days before today: product views on list pages, and what was
   bought after them.
   start, end: the reported days; bad_start, bad_end: days whose figures are known to be wrong;
   analytics: dataset of the click-stream; days: its tables from 90 days before start. #}
{% from "aim/exact.sql" import exact_sum %}
{% macro unless_bad(figure) %}
if(date between {{ bad_start | lit(type="date") }} and {{ bad_end | lit(type="date") }}, null, {{ figure | sql }})
{%- endmacro %}
create schema if not exists {{ "AIM" | ident }};

create table if not exists {{ table("AIM", "aim-merchandising-report") }} (
    "Date" date, journey_category varchar, "Vehicle" varchar, "Size" varchar, "SlotPosition" bigint,
    "MerchandisingPosition" varchar, "Manufacturer" varchar, "ModelName" varchar, "Variant" varchar,
    "SKU" varchar, "TotalUsers" bigint, "Segment" varchar, "Pod" varchar, "Category" varchar,
    "Orders" bigint, "Purchasers" bigint, "PurchasedUnits" bigint, "PurchasedRevenue" double,
    "UsersUniqueDayJourney" bigint
);

delete from {{ table("AIM", "aim-merchandising-report") }}
where "Date" between {{ start | lit(type="date") }} and {{ end | lit(type="date") }};

insert into {{ table("AIM", "aim-merchandising-report") }}
with

events as (
{% for day in days %}
    select event_date, event_timestamp, event_name, user_pseudo_id, user_id, geo, event_params, items
    from {{ table(analytics, day) }}
    where event_name in ('view_item_list', 'purchase') and geo.country = 'United Kingdom'
    {{ "" | sql if loop.last else "union all" | sql }}
{% else %}
    select
        null::varchar as event_date, null::bigint as event_timestamp, null::varchar as event_name,
        null::varchar as user_pseudo_id, null::varchar as user_id,
        null::struct(country varchar) as geo,
        null::struct("key" varchar, "value" struct(string_value varchar))[] as event_params,
        null::struct(
            item_id varchar, item_list_id varchar, item_list_index varchar, item_category5 varchar,
            item_brand varchar, item_category varchar, item_variant varchar, price double,
            quantity bigint, item_params struct("key" varchar, "value" struct(string_value varchar))[]
        )[] as items
    where false
{% endfor %}
),

item_rows as (
    select
        strptime(event_date, '%Y%m%d')::date as date,
        event_timestamp as event_time,
        event_name,
        coalesce(user_id, user_pseudo_id) as uid,
        list_filter(event_params, lambda p: p.key = 'page_location')[1].value.string_value as page,
        list_filter(event_params, lambda p: p.key = 'transaction_id')[1].value.string_value as txn,
        unnest(items) as item
    from events
),

base as (
    select
        * exclude (item),
        item.item_id as sku,
        item.item_list_id as size,
        item.item_list_index as list_index,
        item.item_category5 as shown_vehicle,
        item.item_brand as manufacturer,
        item.item_category as model_name,
        item.item_variant as variant,
        item.price as price,
        item.quantity as quantity,
        upper(list_filter(item.item_params, lambda p: p.key = 'item_category8')[1].value.string_value) as code
    from item_rows
    where uid is not null
),

{# The slot shown; 200 is a name of the fourth. #}
views as (
    select
        *,
        vehicle_key(shown_vehicle) as vehicle,
        if(safe_int(list_index) = 200, 4, safe_int(list_index)) as slot,
        safe_int(list_index) as list_number,
        case
            when starts_with(code, 'PSUCMM-AIM') or starts_with(code, 'PXSUCMM-AIM') then 'AIM U - SWITCH'
            when starts_with(code, 'SUCMM-AIM') or starts_with(code, 'XSUCMM-AIM') then 'AIM U'
            when contains(code, '-AIM') then 'AIM'
            when starts_with(code, 'SUCMM') or starts_with(code, 'XSUCMM') then 'CAM WAVES U'
            when starts_with(code, 'PSUCMM') or starts_with(code, 'PXSUCMM') then 'CAM WAVES U - SWITCH'
            when starts_with(code, 'UCMM') or starts_with(code, 'XUCMM') then 'CAM U'
            when starts_with(code, 'PUCMM') or starts_with(code, 'PXUCMM') then 'CAM U - SWITCH'
            when starts_with(code, 'SCMM') then 'CAM WAVES'
            when starts_with(code, 'PSCMM') then 'CAM WAVES - SWITCH'
            when starts_with(code, 'CMM') then 'CAM'
            when starts_with(code, 'PCMM') then 'CAM - SWITCH'
            when upper(trim(shown_vehicle)) = 'NO VRM SEARCH' then 'SIZE'
            else 'NON MERCH VRM'
        end as journey
    from base
    where event_name = 'view_item_list'
        and sku is not null
        and not regexp_matches(
            page,
            'fitfast|truck|manufacturer|seasonal|runflat|reinforced|loadratings|carmanufacturer|speedratings|staging|inforgen'
        )
),

positioned as (
    select
        *,
        case
            when list_number in (1, 2, 3) then 'Hotbox ' || list_number
            when list_number in (4, 200) then 'Hotbox 4'
            when list_number = 99 then 'BrandSelector'
            else 'Waves'
        end as position,
        case
            when list_number in (1, 2, 3, 4) then list_number
            when list_number = 200 then 4
            when list_number = 99 then 99
            else 100
        end as position_rank
    from views
),

best_views as (
    select * from positioned
    qualify row_number() over (
        partition by uid, sku, event_time
        order by position_rank, slot nulls first, journey, vehicle, size, manufacturer, model_name, variant
    ) = 1
),

{# The first view of a user's day, and of each journey in it, counts the user. Ties within one event
   go by position (D-08: they were arbitrary). #}
flagged as (
    select
        *,
        if(row_number() over (
            partition by date, uid order by event_time, position_rank, slot nulls first, sku
        ) = 1, 1, 0) as user_day,
        if(row_number() over (
            partition by date, uid, journey order by event_time, position_rank, slot nulls first, sku
        ) = 1, 1, 0) as user_day_journey
    from best_views
),

{# Lines of one product in one order are one purchase (D-37: the second line was lost). #}
purchases as (
    select
        uid,
        sku,
        txn,
        max(event_time) as event_time,
        sum(coalesce(quantity, 1)) as units,
        {{ exact_sum("coalesce(price, 0) * coalesce(quantity, 1)") }} as revenue
    from base
    where event_name = 'purchase'
    group by uid, sku, txn
),

{# Each purchase belongs to the user's latest view of the product before it. #}
attributed as (
    select
        views.uid, views.sku, views.event_time,
        count(distinct purchases.txn) as orders,
        count(distinct purchases.uid) as purchasers,
        sum(purchases.units) as units,
        {{ exact_sum("purchases.revenue") }} as revenue
    from purchases
    asof join best_views as views
        on views.uid = purchases.uid and views.sku = purchases.sku and views.event_time <= purchases.event_time
    group by all
),

mapping as (
    select
        vehicle_key(vehicle) as key,
        min("Segment") as segment, min("Pod") as pod, min("Category") as category
    from {{ table("AIM", "aim-vehiclemapping") }}
    group by all
)

select
    date,
    journey,
    vehicle,
    size,
    slot,
    position,
    manufacturer,
    model_name,
    variant,
    flagged.sku,
    {{ unless_bad("user_day") }},
    segment,
    pod,
    category,
    {{ unless_bad("coalesce(orders, 0)") }},
    {{ unless_bad("coalesce(purchasers, 0)") }},
    {{ unless_bad("coalesce(units, 0)") }},
    {{ unless_bad("coalesce(revenue, 0)") }},
    {{ unless_bad("user_day_journey") }}
from flagged
left join attributed
    on attributed.uid = flagged.uid and attributed.sku = flagged.sku and attributed.event_time = flagged.event_time
left join mapping on mapping.key = vehicle
where date between {{ start | lit(type="date") }} and {{ end | lit(type="date") }}
order by date, flagged.event_time, flagged.uid, flagged.sku;
