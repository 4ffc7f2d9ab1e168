-- Stage 3: tyre scores, a row for every sales row of a product, or one without a vehicle.
-- Prices are summed as NUMERIC, so that half pennies do not depend on the order of rows.
with

clicks as (
    select
        item.item_id as sku,
        coalesce(upper(replace(item.item_category5, ' ', '')), 'NO SALES YET') as vehicle,
        replace(item.item_list_id, '-', '/') || ' R' || regexp_extract(item.item_list_id, r'([0-9]+)$') as list_size,
        countif(event.event_name = 'view_item_list') as views
    from `oracle.events` as event, unnest(event.items) as item
    where event.suffix between format_date('%Y%m%d', date_sub(@run_day, interval 3 month))
            and format_date('%Y%m%d', @run_day)
        and regexp_contains(item.item_id, r'^[0-9]+$')
    group by sku, vehicle, list_size
),

base as (
    select
        ts.ProductId, ts.Grade, ts.Size, ts.Manufacturer, ts.Model, ts.WetGrip, ts.Fuel, ts.Noise, ts.Season,
        ts.Offer, ts.OE, ts.AwardScore,
        if(lower(pc.run_flat) = 'runflat', 'Runflat', 'Non-Runflat') as RunflatStatus,
        cast(sum(cast(ts.Price as numeric)) as float64) / nullif(count(ts.Price), 0) as price,
        cast(sum(cast(ts.PrevPrice7 as numeric)) as float64) / nullif(count(ts.PrevPrice7), 0) as price_7,
        cast(sum(cast(ts.PrevPrice28 as numeric)) as float64) / nullif(count(ts.PrevPrice28), 0) as price_28
    from `nexus_tyrescore.TyreScore` as ts
    left join `Reference_Tables.Product_catalogue` as pc on cast(ts.ProductId as string) = pc.SKU
    group by ProductId, Grade, Size, Manufacturer, Model, WetGrip, Fuel, Noise, Season, Offer, OE, AwardScore,
        RunflatStatus
),

pointed as (
    select
        *,
        case AwardScore when 'Award' then 10.0 else 0.0 end as award,
        case Fuel when 'A' then 10.0 when 'B' then 9.0 when 'C' then 5.0 when 'D' then 2.5 when 'E' then 1.0 else 0.0 end
            as fuel_points,
        case
            when ends_with(Noise, '-A') then 10.0
            when ends_with(Noise, '-B') then 5.0
            when ends_with(Noise, '-C') then 1.0
            else 0.0
        end as noise_points,
        case OE when 'Yes' then 10.0 else 0.0 end as oe_points,
        case WetGrip when 'A' then 10.0 when 'B' then 9.0 when 'C' then 5.0 when 'D' then 2.5 when 'E' then 1.0 else 0.0 end
            as wet_points
    from base
),

ranked as (
    select
        *,
        award * 1.00 + fuel_points * 1.00 + noise_points * 0.10 + oe_points * 1.00 + 0.0 * 0.50 + wet_points * 0.50
            as tyre_rank
    from pointed
),

-- Ties go by product, size, then the other attributes.
scored as (
    select
        *,
        ntile(100) over (
            order by tyre_rank desc, ProductId, Size nulls last, Grade nulls last, Manufacturer nulls last,
                Model nulls last, WetGrip nulls last, Fuel nulls last, Noise nulls last, Season nulls last,
                Offer nulls last, OE nulls last, AwardScore nulls last, RunflatStatus
        ) as percentile
    from ranked
),

sales as (
    select
        ProductId as sku,
        trim(upper(CarMake || CarModel)) as vehicle,
        coalesce(oracle.safe_int(Orders), 0) as orders,
        coalesce(oracle.safe_int(Units), 0) as units,
        safe_cast(AvgPrice as numeric) as avg_price
    from `nexus_tyrescore.CarMakeModelSales`
),

-- A product that stands twice in the tyre file counts its sales twice.
sold as (
    select sales.sku, sales.vehicle, oracle.size_part(ts.Size) as sp, ts.Grade as grade, sales.units, sales.avg_price
    from sales
    join `nexus_tyrescore.TyreScore` as ts on sales.sku = cast(ts.ProductId as string)
    where sales.units > 0
),

avg_vehicle as (
    select vehicle, sp, round(cast(sum(avg_price) as float64) / nullif(count(avg_price), 0), 2) as price
    from sold
    group by vehicle, sp
),

avg_size as (
    select sp, round(cast(sum(avg_price) as float64) / nullif(count(avg_price), 0), 2) as price
    from sold
    group by sp
),

grades as (
    select
        vehicle, sp,
        round(sum(if(grade = 'Premium', units, 0)) / sum(units) * 100, 2) as premium,
        round(sum(if(grade = 'MidRange', units, 0)) / sum(units) * 100, 2) as midrange,
        round(sum(if(grade = 'Budget', units, 0)) / sum(units) * 100, 2) as budget
    from sold
    group by vehicle, sp
),

runflats as (
    select
        sold.vehicle, sold.sp,
        round(sum(if(lower(pc.run_flat) = 'runflat', sold.units, 0)) / sum(sold.units) * 100, 2) as share
    from sold
    left join `Reference_Tables.Product_catalogue` as pc on pc.SKU = sold.sku
    group by sold.vehicle, sold.sp
),

products as (
    select
        scored.*,
        sales.vehicle,
        coalesce(sales.orders, 0) as orders,
        coalesce(sales.units, 0) as units,
        oracle.size_part(scored.Size) as sp
    from scored
    left join sales on sales.sku = cast(scored.ProductId as string)
)

select
    case
        when p.percentile <= 25 then '1.BEST TYRE SCORE'
        when p.percentile <= 50 then '2.BETTER TYRE SCORE'
        when p.percentile <= 75 then '3.GOOD TYRE SCORE'
        when p.percentile <= 90 then '4.FAIR TYRE SCORE'
        else 'Unclassified'
    end as TyreScore,
    p.ProductId,
    p.Grade as GRADE,
    p.Manufacturer as BRAND,
    p.Model,
    p.WetGrip as WET_GRIP,
    p.Fuel as FUEL,
    p.Noise as NOISE_REDUCTION,
    p.Season as SEASONAL_PERFORMANCE,
    p.OE,
    p.AwardScore as AWARD_SCORE,
    p.RunflatStatus,
    coalesce(ti.Segment, 'NO SALES YET') as Segment,
    -- The shortest form: 0, 90, 97.77.
    coalesce(regexp_replace(cast(ti.PRICE_pct as string), r'\.0$', ''), 'NO SALES YET') as PRICE_pct,
    coalesce(regexp_replace(cast(ti.GRADE_pct as string), r'\.0$', ''), 'NO SALES YET') as GRADE_pct,
    coalesce(regexp_replace(cast(ti.FUEL_pct as string), r'\.0$', ''), 'NO SALES YET') as FUEL_pct,
    coalesce(regexp_replace(cast(ti.WET_GRIP_pct as string), r'\.0$', ''), 'NO SALES YET') as WET_GRIP_pct,
    coalesce(regexp_replace(cast(ti.AWARD_SCORE_pct as string), r'\.0$', ''), 'NO SALES YET') as AWARD_SCORE_pct,
    coalesce(p.vehicle, 'NO SALES YET') as Vehicle,
    p.Size as SIZE,
    p.price as PRICE,
    p.Offer as OFFER,
    round(coalesce(p.price / nullif((p.price_7 + p.price_28) / 2, 0), 1), 2) as PRICEFLUCTUATION,
    p.orders as Orders,
    p.units as Units,
    if(avg_vehicle.price is null or avg_vehicle.price = 0, avg_size.price, avg_vehicle.price) as GoldilocksZone,
    coalesce(grades.premium, 0.0) as PremiumShare,
    coalesce(grades.midrange, 0.0) as MidRangeShare,
    coalesce(grades.budget, 0.0) as BudgetShare,
    coalesce(runflats.share, 0.0) as RunflatShare,
    if(p.vehicle is null, 'Potential', 'Active') as SalesStatus,
    coalesce(clicks.views, 0) as PRODUCTLISTVIEWS,
    round(
        case
            when coalesce(clicks.views, 0) = 0 then 0.0
            when p.orders / nullif(clicks.views, 0) * 100 >= 1 then 0.14
            else p.orders / nullif(clicks.views, 0) * 100
        end,
        3
    ) as CLICKSTREAMRATE
from products as p
left join clicks on clicks.sku = cast(p.ProductId as string) and clicks.vehicle = p.vehicle
left join avg_vehicle on avg_vehicle.vehicle = p.vehicle and avg_vehicle.sp = p.sp
left join avg_size on avg_size.sp = p.sp
left join grades on grades.vehicle = p.vehicle and grades.sp = p.sp
left join runflats on runflats.vehicle = p.vehicle and runflats.sp = p.sp
left join `nexus_tyrescore.tyrescore-influence` as ti
    on upper(ti.Vehicle) = upper(regexp_replace(p.vehicle, r'\s', ''))
where p.ProductId is not null and p.WetGrip is not null
