{# The tyre score table: one row per product and vehicle.
   analytics: dataset of the click-stream; days: its tables in the window; rate_cap: upper bound of
   the click-stream rate in percent, or none; choices. #}
{% from "aim/exact.sql" import exact_avg %}
{# Rows alike in all of these are alike: a total order, so that nothing is arbitrary (D-08). #}
{% set in_order %}
"ProductId", "Size", "Grade", "Manufacturer", "Model", "WetGrip", "Fuel", "Noise", "Season", "Offer", "OE",
            "AwardScore", is_runflat
{%- endset %}
create or replace table {{ table("nexus_tyrescore", "TyreScore_algorithm_output") }} as
with

tyre_rows as (
    select * from {{ table("nexus_tyrescore", "TyreScore") }}
),

{# Views per product and vehicle; the site writes vehicles with blanks, the sales file without some. #}
clicks as (
    select
        item.item_id as sku,
        upper(regexp_replace(item.item_category5, '\s+', '', 'g')) as vehicle_key,
        {% if not choices.one_row_per_key %}
        {# Of every list apart: by its size, the rim being the digits at its end. #}
        replace(item.item_list_id, '-', '/') || ' R' || nullif(regexp_extract(item.item_list_id, '[0-9]+$'), '')
            as list_size,
        {% endif %}
        count(*) filter (where event_name = 'view_item_list') as views
    from (
{% for day in days %}
        select event_name, unnest(items) as item from {{ table(analytics, day) }}
        {{ "" | sql if loop.last else "union all" | sql }}
{% else %}
        select
            null::varchar as event_name,
            null::struct(item_id varchar, item_list_id varchar, item_category5 varchar) as item
        where false
{% endfor %}
    )
    where regexp_full_match(item.item_id, '[0-9]+')
    group by all
),

catalogue as (
    {% if choices.one_row_per_key %}
    select "SKU" as sku, bool_or(lower(run_flat) = 'runflat') as is_runflat
    from {{ table("Reference_Tables", "Product_catalogue") }}
    group by all
    {% else %}
    select "SKU" as sku, lower(run_flat) = 'runflat' as is_runflat
    from {{ table("Reference_Tables", "Product_catalogue") }}
    {% endif %}
),

influence as (
    select
        {% if choices.vehicles_without_blanks %}
        upper(regexp_replace("Vehicle", '\s+', '', 'g')) as vehicle_key,
        {% else %}
        upper("Vehicle") as vehicle_key,
        {% endif %}
        "Segment",
        cast("PRICE_pct" as varchar) as price_pct,
        cast("GRADE_pct" as varchar) as grade_pct,
        cast("FUEL_pct" as varchar) as fuel_pct,
        cast("WET_GRIP_pct" as varchar) as wet_grip_pct,
        cast("AWARD_SCORE_pct" as varchar) as award_score_pct
    from {{ table("nexus_tyrescore", "tyrescore-influence") }}
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by vehicle_key
        order by "Segment", price_pct, grade_pct, fuel_pct, wet_grip_pct, award_score_pct
    ) = 1
    {% endif %}
),

attributes as (
    select
        "ProductId", "Grade", "Size", "Manufacturer", "Model", "WetGrip", "Fuel", "Noise", "Season",
        "Offer", "OE", "AwardScore",
        coalesce(is_runflat, false) as is_runflat,
        {{ exact_avg('"Price"') }} as price,
        {% if choices.zero_is_no_price %}
        {{ exact_avg('nullif("PrevPrice7", 0)') }} as price_7,
        {{ exact_avg('nullif("PrevPrice28", 0)') }} as price_28
        {% else %}
        {{ exact_avg('"PrevPrice7"') }} as price_7,
        {{ exact_avg('"PrevPrice28"') }} as price_28
        {% endif %}
    from tyre_rows
    left join catalogue on cast("ProductId" as varchar) = sku
    group by all
),

base as (
    select
        *,
        cast("ProductId" as varchar) as sku,
        tyre_size_part("Size", {{ choices.size_part_letters }}) as size_part,
        price / nullif((price_7 + price_28) / 2, 0) as fluctuation
    from attributes
    {% if choices.one_row_per_key %}
    qualify row_number() over (partition by "ProductId" order by {{ in_order }}) = 1
    {% endif %}
),

{# Every base row takes part in the tiers, also those that are left out below. #}
scored as (
    select
        *,
        tyre_tier(ntile(100) over (
            order by tyre_rank("AwardScore", "Fuel", "Noise", "OE", "WetGrip") desc, {{ in_order }}
        )) as tier
    from base
),

sales as (
    select
        "ProductId" as sku,
        trim(upper("CarMake" || "CarModel")) as vehicle,
        coalesce(safe_int("Orders"), 0) as orders,
        coalesce(safe_int("Units"), 0) as units,
        try_cast("AvgPrice" as double) as avg_price
    from {{ table("nexus_tyrescore", "CarMakeModelSales") }}
),

sold as (
    {% if choices.one_row_per_key %}
    select sku, vehicle, cast(sum(orders) as bigint) as orders, cast(sum(units) as bigint) as units
    from sales
    group by all
    {% else %}
    select sku, vehicle, orders, units from sales
    {% endif %}
),

sizes as (
    {% if choices.one_row_per_key %}
    select sku, size_part, "Grade" as grade from base
    {% else %}
    select
        cast("ProductId" as varchar) as sku,
        tyre_size_part("Size", {{ choices.size_part_letters }}) as size_part,
        "Grade" as grade
    from tyre_rows
    {% endif %}
),

{# What was sold, with its size and grade: the ground of prices and shares. #}
sold_sizes as (
    select
        sku, vehicle, size_part, grade, units,
        if(isfinite(avg_price), avg_price, null) as avg_price
    from sales
    join sizes using (sku)
    where units > 0
),

vehicle_prices as (
    select vehicle, size_part, {{ exact_avg("avg_price") }} as avg_price from sold_sizes group by all
),

size_prices as (
    select size_part, {{ exact_avg("avg_price") }} as avg_price from sold_sizes group by all
),

shares as (
    select
        vehicle,
        size_part,
        {% for grade in ["Premium", "MidRange", "Budget"] %}
        round(coalesce(sum(units) filter (where grade = {{ grade | lit }}), 0) / sum(units) * 100, 2)
            as {{ (grade ~ "Share") | ident }},
        {% endfor %}
    from sold_sizes
    group by all
),

runflat_shares as (
    select
        vehicle,
        size_part,
        round(coalesce(sum(units) filter (where is_runflat), 0) / sum(units) * 100, 2) as "RunflatShare"
    from sold_sizes
    left join catalogue using (sku)
    group by all
),

matched as (
    select
        scored.*,
        sold.vehicle,
        upper(regexp_replace(sold.vehicle, '\s+', '', 'g')) as vehicle_key,
        coalesce(orders, 0) as orders,
        coalesce(units, 0) as units
    from scored
    left join sold using (sku)
)

select
    tier as "TyreScore",
    "ProductId",
    "Grade" as "GRADE",
    "Manufacturer" as "BRAND",
    "Model",
    "WetGrip" as "WET_GRIP",
    "Fuel" as "FUEL",
    "Noise" as "NOISE_REDUCTION",
    "Season" as "SEASONAL_PERFORMANCE",
    "OE",
    "AwardScore" as "AWARD_SCORE",
    if(is_runflat, 'Runflat', 'Non-Runflat') as "RunflatStatus",
    coalesce("Segment", 'NO SALES YET') as "Segment",
{% for pct in ["PRICE_pct", "GRADE_pct", "FUEL_pct", "WET_GRIP_pct", "AWARD_SCORE_pct"] %}
    {# The shortest form: 0, 90, 97.77. #}
    coalesce(regexp_replace(regexp_replace({{ (pct | lower) | ident }}, '(\.[0-9]*?)0+$', '\1'), '\.$', ''), 'NO SALES YET')
        as {{ pct | ident }},
{% endfor %}
    coalesce(matched.vehicle, 'NO SALES YET') as "Vehicle",
    "Size" as "SIZE",
    price as "PRICE",
    "Offer" as "OFFER",
    round(coalesce(fluctuation, 1), 2) as "PRICEFLUCTUATION",
    orders as "Orders",
    units as "Units",
    coalesce(nullif(round(vehicle_prices.avg_price, 2), 0), round(size_prices.avg_price, 2))
        as "GoldilocksZone",
    coalesce("PremiumShare", 0.0) as "PremiumShare",
    coalesce("MidRangeShare", 0.0) as "MidRangeShare",
    coalesce("BudgetShare", 0.0) as "BudgetShare",
    coalesce("RunflatShare", 0.0) as "RunflatShare",
    if(matched.vehicle is null, 'Potential', 'Active') as "SalesStatus",
    coalesce(views, 0) as "PRODUCTLISTVIEWS",
    round(
        case
            when coalesce(views, 0) = 0 then 0.0::double
            {% if not choices.keep_high_rates %}
            when orders / views * 100 >= 1 then 0.14
            {% endif %}
            {% if rate_cap is none %}
            else orders / views * 100
            {% else %}
            else least(orders / views * 100, {{ rate_cap }})
            {% endif %}
        end,
        3
    ) as "CLICKSTREAMRATE"
from matched
left join clicks
    on clicks.sku = matched.sku
{% if choices.vehicles_without_blanks %}
    and clicks.vehicle_key = matched.vehicle_key
{% else %}
    and clicks.vehicle_key = matched.vehicle
{% endif %}
left join influence on influence.vehicle_key = matched.vehicle_key
left join vehicle_prices
    on vehicle_prices.vehicle = matched.vehicle and vehicle_prices.size_part = matched.size_part
left join size_prices on size_prices.size_part = matched.size_part
left join shares on shares.vehicle = matched.vehicle and shares.size_part = matched.size_part
left join runflat_shares
    on runflat_shares.vehicle = matched.vehicle and runflat_shares.size_part = matched.size_part
where "WetGrip" is not null
order by "TyreScore", "Units" desc, "ProductId", "Vehicle";
