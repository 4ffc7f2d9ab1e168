"""The features of daily series: 11 over windows of 7, 14 and 30 rows, and the listing's quality.

Timed: computing the 12 features of every row, and counting and summing each, from a table in memory.
"""

from collections.abc import Callable

from .harness import Context, agree

NAME = "12 features of daily series, 10 M rows, 1,000 days × 10,000 series"
GOAL = {"DuckDB windows": 2.0, "DuckDB running sums": 2.0}

SERIES = 10_000
DAYS = 1_000

# Rows of a window, and how many of them must have a value.
WINDOWS = {7: 5, 14: 10, 30: 21}

FEATURES = [f"{feature}_{rows}" for rows in WINDOWS for feature in ["bsr_trend", "price_vol", "rating_mean"]]
FEATURES += ["review_vel_14", "est_sales_30", "listing_quality"]

OURS = """
    select asin, unnest(
        asin_features(dt, bsr, price, rating, reviews_count, est_sales, listing_quality, 0), recursive := true
    ) from t group by asin
"""


def in_windows() -> str:
    """Each feature as DuckDB's own aggregate over a frame, which it computes with segment trees."""
    columns = []
    for rows, least in WINDOWS.items():
        w = f"over w{rows}"
        columns += [
            f"case when n >= {least} and count(y) {w} = least(n, {rows}) then regr_slope(y, n) {w} end as bsr_trend_{rows}",
            f"case when count(price) {w} >= {least} then stddev_samp(price) {w} / avg(price) {w} end as price_vol_{rows}",
            f"case when count(rating) {w} >= {least} then avg(rating) {w} end as rating_mean_{rows}",
        ]
    frames = [f"w{rows} as (days rows between {rows - 1} preceding and current row)" for rows in WINDOWS]
    return f"""
        select asin, dt, {", ".join(columns)},
            reviews_count - lag(reviews_count, 14) over days as review_vel_14,
            case when count(est_sales) over w30 >= 21 then avg(est_sales) over w30 end as est_sales_30,
            listing_quality
        from (select *, 1 / nullif(bsr, 0) as y, row_number() over (partition by asin order by dt) as n from t)
        window days as (partition by asin order by dt), {", ".join(frames)}
    """


def by_running_sums() -> str:
    """The difference of two running sums for each window: less work, but after a spike digits are lost."""
    sums = {
        "ys": "count(y)", "y": "sum(y)", "ny": "sum(n * y)",
        "prices": "count(price)", "price": "sum(price)", "squares": "sum(price * price)",
        "ratings": "count(rating)", "rating": "sum(rating)", "days": "count(est_sales)", "sales": "sum(est_sales)",
    }  # fmt: skip
    running = [f"{sum_} over running as {name}_sum" for name, sum_ in sums.items()]
    parts, columns = [], []
    for rows, least in WINDOWS.items():
        names = [name for name in sums if rows == 30 or name not in ["days", "sales"]]
        parts += [f"{name}_sum - coalesce(lag({name}_sum, {rows}) over days, 0) as {name}_{rows}" for name in names]
        n = f"least(n, {rows})"
        slope = f"(ny_{rows} - (n - ({n} - 1) / 2) * y_{rows}) / ({n} * ({n} * {n} - 1) / 12)"
        variance = f"greatest(squares_{rows} - price_{rows} * price_{rows} / prices_{rows}, 0) / (prices_{rows} - 1)"
        columns += [
            f"case when n >= {least} and ys_{rows} = {n} then {slope} end as bsr_trend_{rows}",
            f"case when prices_{rows} >= {least} then sqrt({variance}) * prices_{rows} / price_{rows} end as price_vol_{rows}",
            f"case when ratings_{rows} >= {least} then rating_{rows} / ratings_{rows} end as rating_mean_{rows}",
        ]
    return f"""
        select asin, dt, {", ".join(columns)}, review_vel_14,
            case when days_30 >= 21 then sales_30 / days_30 end as est_sales_30, listing_quality
        from (
            select asin, dt, n, {", ".join(parts)}, listing_quality,
                reviews_count - lag(reviews_count, 14) over days as review_vel_14
            from (
                select *, {", ".join(running)}
                from (select *, 1 / nullif(bsr, 0) as y, row_number() over (partition by asin order by dt) as n from t)
                window running as (partition by asin order by dt rows unbounded preceding)
            ) window days as (partition by asin order by dt)
        )
    """


def prepare(ctx: Context) -> None:
    ctx.connection = ctx.connect()
    # A few prices and ratings are missing.
    ctx.connection.execute(
        f"""
        create table t as select
            ('B' || s) as asin,
            date '2023-01-01' + d::integer as dt,
            (1 + hash(s, d, 'bsr') % 100000)::double as bsr,
            case when hash(s, d, 'no price') % 50 > 0 then 10 + (hash(s, d, 'price') % 1000) / 100 end as price,
            case when hash(s, d, 'no rating') % 50 > 0 then 3 + (hash(s, d, 'rating') % 200) / 100 end as rating,
            (3 * d + hash(s, d, 'reviews') % 10)::double as reviews_count,
            (hash(s, d, 'sales') % 50)::double as est_sales,
            (hash(s, 'listing') % 100) / 100 as listing_quality
        from range({ctx.rows(SERIES)}) series(s), range({DAYS}) days(d)
        """
    )


def contestants(ctx: Context) -> dict[str, Callable[[], tuple]]:
    queries = dict(zip(["aim_ext", *GOAL], [OURS, in_windows(), by_running_sums()]))
    return {name: lambda sql=sql: reduced(ctx, sql) for name, sql in queries.items()}


def reduced(ctx: Context, sql: str) -> tuple:
    columns = ", ".join(f"count({feature}), sum({feature})" for feature in FEATURES)
    return ctx.connection.execute(f"select {columns} from ({sql})").fetchone()


def check(ctx: Context) -> None:
    ctx.connection.execute(f"create temp table ours as {OURS}")
    # Running sums of a thousand rows keep fewer digits.
    for peer, relative, least in [(in_windows(), 1e-8, 1e-7), (by_running_sums(), 1e-6, 1e-3)]:
        differ = " or ".join(
            f"(o.{feature} is null) <> (p.{feature} is null) or "
            f"abs(o.{feature} - p.{feature}) > {relative} * greatest(abs(p.{feature}), {least})"
            for feature in FEATURES
        )
        differing = ctx.connection.execute(
            f"select count(*), count(*) filter ({differ}) from ours o join ({peer}) p using (asin, dt)"
        ).fetchone()
        agree("rows compared, and that differ", differing, (ctx.rows(SERIES) * DAYS, 0))
    ctx.connection.execute("drop table ours")
