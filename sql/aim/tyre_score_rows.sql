{# The rows of the tyre score table: one per product and vehicle.
   tyres, sales: their tables; analytics: dataset of the click-stream; days: its tables in the window; rate_cap: upper bound of
   the click-stream rate in percent, or none; choices. #}
{% from "aim/exact.sql" import exact_avg %}
{% from dialect import each_of, integer, regexp_contains, regexp_extract, regexp_remove, safe_int, text, try_number,
    tyre_rank, tyre_size_part, tyre_tier %}
{% set shares_of_influence = ["PRICE_pct", "GRADE_pct", "FUEL_pct", "WET_GRIP_pct", "AWARD_SCORE_pct"] %}
{# Rows alike in all of these are alike: a total order, so that nothing is arbitrary (D-08). #}
{% set in_order %}
{% for column in ["ProductId", "Size", "Grade", "Manufacturer", "Model", "WetGrip", "Fuel", "Noise", "Season", "Offer",
    "OE", "AwardScore"] %}{{ column | ident }} nulls last, {% endfor %}is_runflat
{%- endset %}
with

tyre_rows as (
    select * from {{ tyres }}
),

{# Views per product and vehicle; the site writes vehicles with blanks, the sales file without some. #}
clicks as (
{% if days %}
    select
        item.item_id as sku,
        upper({{ regexp_remove("item.item_category5", "\\s+") }}) as vehicle_key,
        {% if not choices.one_row_per_key %}
        {# Of every list apart: by its size, the rim being the digits at its end. #}
        replace(item.item_list_id, '-', '/') || ' R' || {{ regexp_extract("item.item_list_id", "([0-9]+$)") }}
            as list_size,
        {% endif %}
        count(case when event_name = 'view_item_list' then 1 end) as views
    from (
{% for day in days %}
        select event_name, item from {{ each_of(table(analytics, day), "items", "item") }}
        {{ "" | sql if loop.last else "union all" | sql }}
{% endfor %}
    )
    where {{ regexp_contains("item.item_id", "^[0-9]+$") }}
    group by all
{% else %}
    select
        cast(null as {{ text }}) as sku, cast(null as {{ text }}) as vehicle_key, cast(null as {{ integer }}) as views
    limit 0
{% endif %}
),

catalogue as (
    {% if choices.one_row_per_key %}
    select SKU as sku, max(case when lower(run_flat) = 'runflat' then 1 else 0 end) = 1 as is_runflat
    from {{ table("Reference_Tables", "Product_catalogue") }}
    group by all
    {% else %}
    select SKU as sku, lower(run_flat) = 'runflat' as is_runflat
    from {{ table("Reference_Tables", "Product_catalogue") }}
    {% endif %}
),

influence_rows as (
    select
        {% if choices.vehicles_without_blanks %}
        upper({{ regexp_remove("Vehicle", "\\s+") }}) as vehicle_key,
        {% else %}
        upper(Vehicle) as vehicle_key,
        {% endif %}
        Segment,
{% for share in shares_of_influence %}
        {# The shortest form: 0, 90, 97.77. #}
        {% set written %}cast({{ share | ident }} as {{ text }}){% endset %}
        if(
            {{ regexp_contains(written, "\\.[0-9]*$") }},
            {{ regexp_remove(written, "\\.?0*$") }},
            {{ written | sql }}
        ) as {{ (share ~ "_text") | ident }}{{ "" | sql if loop.last else "," | sql }}
{% endfor %}
    from {{ table("nexus_tyrescore", "tyrescore-influence") }}
),

influence as (
    select * from influence_rows
    {% if choices.one_row_per_key %}
    qualify row_number() over (
        partition by vehicle_key
        order by Segment nulls last
            {%- for share in shares_of_influence %}, {{ (share ~ "_text") | ident }} nulls last{% endfor %}

    ) = 1
    {% endif %}
),

attributes as (
    select
        ProductId, Grade, Size, Manufacturer, Model, WetGrip, Fuel, Noise, Season,
        Offer, OE, AwardScore,
        coalesce(is_runflat, false) as is_runflat,
        {{ exact_avg("Price") }} as price,
        {% if choices.zero_is_no_price %}
        {{ exact_avg("nullif(PrevPrice7, 0)") }} as price_7,
        {{ exact_avg("nullif(PrevPrice28, 0)") }} as price_28
        {% else %}
        {{ exact_avg("PrevPrice7") }} as price_7,
        {{ exact_avg("PrevPrice28") }} as price_28
        {% endif %}
    from tyre_rows
    left join catalogue on cast(ProductId as {{ text }}) = sku
    group by all
),

base as (
    select
        *,
        cast(ProductId as {{ text }}) as sku,
        {{ tyre_size_part("Size", choices.size_part_letters) }} as size_part,
        price / nullif((price_7 + price_28) / 2, 0) as fluctuation
    from attributes
    {% if choices.one_row_per_key %}
    qualify row_number() over (partition by ProductId order by {{ in_order }}) = 1
    {% endif %}
),

{# Every base row takes part in the tiers, also those that are left out below. #}
scored as (
    select
        *,
        ntile(100) over (
            order by {{ tyre_rank("AwardScore", "Fuel", "Noise", "OE", "WetGrip") }} desc, {{ in_order }}
        ) as percentile
    from base
),

sales as (
    select
        ProductId as sku,
        trim(upper(CarMake || CarModel)) as vehicle,
        coalesce({{ safe_int("Orders") }}, 0) as orders,
        coalesce({{ safe_int("Units") }}, 0) as units,
        {{ try_number("AvgPrice") }} as avg_price
    from {{ sales }}
),

sold as (
    {% if choices.one_row_per_key %}
    select sku, vehicle, cast(sum(orders) as {{ integer }}) as orders, cast(sum(units) as {{ integer }}) as units
    from sales
    group by all
    {% else %}
    select sku, vehicle, orders, units from sales
    {% endif %}
),

sizes as (
    {% if choices.one_row_per_key %}
    select sku, size_part, Grade as grade from base
    {% else %}
    select
        cast(ProductId as {{ text }}) as sku,
        {{ tyre_size_part("Size", choices.size_part_letters) }} as size_part,
        Grade as grade
    from tyre_rows
    {% endif %}
),

{# What was sold, with its size and grade: the ground of prices and shares. #}
sold_sizes as (
    select sku, vehicle, size_part, grade, units, avg_price
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
        round(sum(case when grade = {{ grade | lit }} then units else 0 end) / sum(units) * 100, 2)
            as {{ (grade ~ "Share") | ident }},
        {% endfor %}
    from sold_sizes
    group by all
),

runflat_shares as (
    select
        vehicle,
        size_part,
        round(sum(case when is_runflat then units else 0 end) / sum(units) * 100, 2) as RunflatShare
    from sold_sizes
    left join catalogue using (sku)
    group by all
),

matched as (
    select
        scored.*,
        sold.vehicle,
        upper({{ regexp_remove("sold.vehicle", "\\s+") }}) as vehicle_key,
        coalesce(orders, 0) as orders,
        coalesce(units, 0) as units
    from scored
    left join sold using (sku)
)

select
    {{ tyre_tier("percentile") }} as TyreScore,
    ProductId,
    Grade as GRADE,
    Manufacturer as BRAND,
    Model,
    WetGrip as WET_GRIP,
    Fuel as FUEL,
    Noise as NOISE_REDUCTION,
    Season as SEASONAL_PERFORMANCE,
    OE,
    AwardScore as AWARD_SCORE,
    if(is_runflat, 'Runflat', 'Non-Runflat') as RunflatStatus,
    coalesce(Segment, 'NO SALES YET') as Segment,
{% for share in shares_of_influence %}
    coalesce({{ (share ~ "_text") | ident }}, 'NO SALES YET') as {{ share | ident }},
{% endfor %}
    coalesce(matched.vehicle, 'NO SALES YET') as Vehicle,
    Size as SIZE,
    price as PRICE,
    Offer as OFFER,
    round(coalesce(fluctuation, 1), 2) as PRICEFLUCTUATION,
    orders as Orders,
    units as Units,
    coalesce(nullif(round(vehicle_prices.avg_price, 2), 0), round(size_prices.avg_price, 2))
        as GoldilocksZone,
    coalesce(PremiumShare, 0.0) as PremiumShare,
    coalesce(MidRangeShare, 0.0) as MidRangeShare,
    coalesce(BudgetShare, 0.0) as BudgetShare,
    coalesce(RunflatShare, 0.0) as RunflatShare,
    if(matched.vehicle is null, 'Potential', 'Active') as SalesStatus,
    coalesce(views, 0) as PRODUCTLISTVIEWS,
    round(
        case
            when coalesce(views, 0) = 0 then 0e0
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
    ) as CLICKSTREAMRATE
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
where WetGrip is not null
