{# The merchandising report of the 21 days before today: product views on list pages, and what was
   bought after them.
   start, end: the reported days; bad_start, bad_end: days whose figures are known to be wrong;
   analytics: dataset of the click-stream; days: its tables from 90 days before start; choices. #}
{% from "aim/exact.sql" import exact_sum %}
{% from dialect import each_of, integer, number, parameter, parse_day, regexp_contains, safe_int, stored_by, text,
    vehicle_key %}
{% macro unless_bad(figure) %}
if(day between {{ bad_start | lit(type="date") }} and {{ bad_end | lit(type="date") }}, null, {{ figure | sql }})
{%- endmacro %}
create schema if not exists {{ "AIM" | ident }};

create table if not exists {{ table("AIM", "aim-merchandising-report") }} (
    Date date, journey_category {{ text }}, Vehicle {{ text }}, Size {{ text }}, SlotPosition {{ integer }},
    MerchandisingPosition {{ text }}, Manufacturer {{ text }}, ModelName {{ text }}, Variant {{ text }},
    SKU {{ text }}, TotalUsers {{ integer }}, Segment {{ text }}, Pod {{ text }}, Category {{ text }},
    Orders {{ integer }}, Purchasers {{ integer }}, PurchasedUnits {{ integer }}, PurchasedRevenue {{ number }},
    UsersUniqueDayJourney {{ integer }}
);

delete from {{ table("AIM", "aim-merchandising-report") }}
where Date between {{ start | lit(type="date") }} and {{ end | lit(type="date") }};

{# Without a day of clicks there is nothing to report. #}
{% if days %}
insert into {{ table("AIM", "aim-merchandising-report") }}
with

events as (
{% for day in days %}
    select event_date, event_timestamp, event_name, user_pseudo_id, user_id, event_params, items
    from {{ table(analytics, day) }}
    where event_name in ('view_item_list', 'purchase') and geo.country = 'United Kingdom'
    {{ "" | sql if loop.last else "union all" | sql }}
{% endfor %}
),

visits as (
    select
        {{ parse_day("event_date") }} as day,
        event_timestamp as event_time,
        event_name,
        coalesce(user_id, user_pseudo_id) as uid,
        {{ parameter("event_params", "page_location") }} as page,
        {{ parameter("event_params", "transaction_id") }} as txn,
        items
    from events
    where coalesce(user_id, user_pseudo_id) is not null
),

base as (
    select
        day, event_time, event_name, uid, page, txn,
        item.item_id as sku,
        item.item_list_id as size,
        {{ safe_int("item.item_list_index") }} as list_number,
        item.item_category5 as shown_vehicle,
        item.item_brand as manufacturer,
        item.item_category as model_name,
        item.item_variant as variant,
        item.price as price,
        item.quantity as quantity,
        upper({{ parameter("item.item_params", "item_category8") }}) as code
    from {{ each_of("visits" | sql, "items", "item") }}
),

{# The slot shown; 200 is a name of the fourth. #}
views as (
    select
        *,
        {{ vehicle_key("shown_vehicle") }} as vehicle,
        if(list_number = 200, 4, list_number) as slot,
        case
            when starts_with(code, 'PSUCMM-AIM') or starts_with(code, 'PXSUCMM-AIM') then 'AIM U - SWITCH'
            when starts_with(code, 'SUCMM-AIM') or starts_with(code, 'XSUCMM-AIM') then 'AIM U'
            when strpos(code, '-AIM') > 0 then 'AIM'
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
        end as journey,
        case
            when list_number in (1, 2, 3) then 'Hotbox ' || cast(list_number as {{ text }})
            when list_number in (4, 200) then 'Hotbox 4'
            when list_number = 99 then 'BrandSelector'
            else 'Waves'
        end as placement,
        case
            when list_number in (1, 2, 3, 4) then list_number
            when list_number = 200 then 4
            when list_number = 99 then 99
            else 100
        end as placement_rank
    from base
    where event_name = 'view_item_list'
        and not {{ regexp_contains(
            "page",
            "fitfast|truck|manufacturer|seasonal|runflat|reinforced|loadratings|carmanufacturer|speedratings|staging|inforgen",
        ) }}
),

best_views as (
    select * from views
    qualify row_number() over (
        partition by uid, sku, event_time
        order by placement_rank, slot nulls first, journey, vehicle nulls last, size nulls last,
            manufacturer nulls last, model_name nulls last, variant nulls last
    ) = 1
),

{# The first view of a user's day, and of each journey in it, counts the user. Ties within one event
   go by position (D-08: they were arbitrary). #}
flagged as (
    select
        *,
        if(row_number() over (
            partition by day, uid order by event_time, placement_rank, slot nulls first, sku nulls last
        ) = 1, 1, 0) as user_day,
        if(row_number() over (
            partition by day, uid, journey order by event_time, placement_rank, slot nulls first, sku nulls last
        ) = 1, 1, 0) as user_day_journey
    from best_views
),

purchases as (
    {% if choices.add_up_lines %}
    select
        uid, sku, txn,
        max(event_time) as event_time,
        sum(coalesce(quantity, 1)) as units,
        {{ exact_sum("coalesce(price, 0) * coalesce(quantity, 1)") }} as revenue
    from base
    where event_name = 'purchase'
    group by uid, sku, txn
    {% else %}
    select
        uid, sku, txn, event_time,
        coalesce(quantity, 1) as units,
        coalesce(price, 0) * coalesce(quantity, 1) as revenue
    from base
    where event_name = 'purchase'
    {% endif %}
),

{# Each purchase belongs to the user's latest view of the product before it. One order of a product is one
   purchase; where lines of it stand apart, the one with the latest view, then the first, then the largest
   (D-08: any of them). #}
attributed as (
    select
        purchases.uid, purchases.sku, views.event_time,
        purchases.txn, purchases.units, purchases.revenue
    from purchases
    join best_views as views
        on views.uid = purchases.uid and views.sku = purchases.sku and views.event_time <= purchases.event_time
    qualify row_number() over (
        partition by purchases.uid, purchases.sku, purchases.txn
        order by views.event_time desc, purchases.event_time, purchases.units desc, purchases.revenue desc
    ) = 1
),

bought as (
    select
        uid, sku, event_time,
        count(distinct txn) as orders,
        count(distinct uid) as purchasers,
        sum(units) as units,
        {{ exact_sum("revenue") }} as revenue
    from attributed
    group by uid, sku, event_time
),

mapping as (
    select
        {{ vehicle_key("vehicle") }} as mapping_key,
        min(Segment) as segment, min(Pod) as pod, min(Category) as category
    from {{ table("AIM", "aim-vehiclemapping") }}
    group by mapping_key
)

select
    day,
    journey,
    vehicle,
    size,
    slot,
    placement,
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
left join bought
    on bought.uid = flagged.uid and bought.sku = flagged.sku and bought.event_time = flagged.event_time
left join mapping on mapping_key = vehicle
where flagged.sku is not null and day between {{ start | lit(type="date") }} and {{ end | lit(type="date") }}
{{ stored_by("day, flagged.event_time, flagged.uid, flagged.sku") }};
{% endif %}
