"""The robust z-score of every row in its group.

Timed: computing z for every row, and counting and summing it, from a table (a data frame) in memory.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from .harness import Context, agree

# Numbers are joined faster than a struct.
OURS = """
    with stats as (
        select g, s.median as median, s.mad as mad, s.aad as aad
        from (select g, robust_stats(x) as s from t group by g)
    )
    select id, robust_zscore(x, median, mad, aad) as z from t join stats using (g)
"""
JOIN = """
    select id, (x - median) / mad as z
    from t join (select g, median(x) as median, mad(x) as mad from t group by g) using (g)
"""
WINDOW = "select id, (x - median(x) over w) / mad(x) over w as z from t window w as (partition by g)"
# Faster with many groups: the deviations' median instead of `mad`.
NESTED_WINDOW = """
    select id, (x - median) / median(abs(x - median)) over (partition by g) as z
    from (select *, median(x) over (partition by g) as median from t)
"""


class RobustZ:
    ROWS = 5_000_000
    GOAL = {
        "DuckDB `median`, `mad`, join": 4.0,
        "DuckDB windows": 4.0,
        "DuckDB nested windows": 4.0,
        "Polars `over`": 2.0,
    }

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self.NAME = f"robust z per group, 5 M rows, {groups:,} groups"

    def prepare(self, ctx: Context) -> None:
        random = np.random.default_rng(42)
        rows = ctx.rows(self.ROWS)
        # Groups keep their size at any scale, so that each has a spread.
        group = random.integers(0, ctx.rows(self.groups), rows, dtype=np.int32)
        x = random.normal(100, 10, rows)
        columns = {"id": np.arange(rows), "g": group, "x": x}
        ctx.connection = ctx.connect()
        ctx.connection.execute("create table t as from columns")
        ctx.frame = pl.DataFrame(columns)

    def contestants(self, ctx: Context) -> dict[str, Callable[[], object]]:
        queries = [OURS, JOIN, WINDOW, NESTED_WINDOW]
        contestants = [lambda sql=sql: reduced(ctx, sql) for sql in queries]
        return dict(zip(["aim_ext", *self.GOAL], [*contestants, lambda: reduced_by_polars(ctx)]))

    def check(self, ctx: Context) -> None:
        for peer in [JOIN, WINDOW, NESTED_WINDOW]:
            differing = ctx.connection.execute(
                f"""
                select count(*) from ({OURS}) ours full join ({peer}) theirs using (id)
                where coalesce(abs(ours.z - theirs.z) > 1e-12 * abs(theirs.z), true)
                """
            ).fetchone()
            agree("rows whose z differs", differing, (0,))
        agree("count and sum of z", reduced(ctx, OURS), reduced_by_polars(ctx))


CASES = [RobustZ(1_000), RobustZ(200_000)]


def reduced(ctx: Context, sql: str) -> tuple:
    return ctx.connection.execute(f"select count(z), sum(abs(z)) from ({sql})").fetchone()


def reduced_by_polars(ctx: Context) -> tuple:
    x = pl.col("x")
    deviation = x - x.median()
    z = (deviation / deviation.abs().median()).over("g")
    reduction = [pl.col("z").count(), pl.col("z").abs().sum().alias("sum")]
    return ctx.frame.lazy().select(z.alias("z")).select(reduction).collect().row(0)
