"""Robust statistics of many rows in little memory.

Timed: the statistics of every group, reduced to one row, from a table in a database file. Each run is a
process of its own, whose peak memory is reported: aggregates gather outside of DuckDB's own limit.
"""

from collections.abc import Callable

import duckdb

from .harness import THREADS, Context, Measured, agree

NAME = "robust statistics, 50 M rows, 10,000 groups, `memory_limit` 2 GB"
GOAL = {"DuckDB `median`, `mad`": 2.0, "the same with 4 GB": 2.0}

ROWS = 50_000_000
GROUPS = 10_000

REDUCTION = "select count(*), sum(median), sum(mad) from ({})"
OURS = REDUCTION.format("select g, unnest(robust_stats(x)) from t group by g")
THEIRS = REDUCTION.format("select g, median(x) as median, mad(x) as mad from t group by g")


def prepare(ctx: Context) -> None:
    ctx.database = ctx.folder / "input.duckdb"
    with duckdb.connect(str(ctx.database), config={"threads": THREADS}) as connection:
        connection.execute(
            f"""
            create table t as select
                (hash(i) % {ctx.rows(GROUPS)})::integer as g,
                (hash(i + 1) % 1000003)::double / 7 as x
            from range({ctx.rows(ROWS)}) rows(i)
            """
        )


def contestants(ctx: Context) -> dict[str, Callable[[], Measured]]:
    runs = [(OURS, "2GB"), (THEIRS, "2GB"), (THEIRS, "4GB")]
    calls = [lambda sql=sql, limit=limit: ctx.in_child(sql, ctx.database, limit) for sql, limit in runs]
    return dict(zip(["aim_ext", *GOAL], calls))


def check(ctx: Context) -> None:
    ours, _, theirs = contestants(ctx).values()
    agree("count and sums", ours().rows, theirs().rows)
