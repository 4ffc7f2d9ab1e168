{# What the Waves stand-in recommends from: the score table, in an order of its own, so that answers do
   not depend on how the table was written. #}
select
    coalesce("TyreScore", ''),
    cast("ProductId" as bigint),
    coalesce("GRADE", ''),
    coalesce("BRAND", ''),
    coalesce("Model", ''),
    coalesce("SEASONAL_PERFORMANCE", ''),
    coalesce("Segment", ''),
    coalesce("Vehicle", ''),
    "SIZE",
    cast("PRICE" as double),
    coalesce("OFFER", ''),
    cast(coalesce("PRICEFLUCTUATION", 1) as double),
    cast(coalesce("Units", 0) as bigint),
    cast("GoldilocksZone" as double),
    cast(coalesce("BudgetShare", 0) as double),
    coalesce("SalesStatus", '')
from {{ table("nexus_tyrescore", "TyreScore_algorithm_output") }}
where "ProductId" is not null and "SIZE" is not null
order by all
