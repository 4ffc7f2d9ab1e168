"""Normalised discounted cumulative gain at 10.

Timed: the ndcg of every group (exponential gain, the best order of the whole group), averaged, from a
table in memory.
"""

from collections.abc import Callable

from .harness import Context, agree

NAME = "`ndcg`, 5 M rows, 100,000 groups"
GOAL = {"DuckDB windows": 3.0, "DuckDB `max_by`": 3.0}

ROWS = 5_000_000
GROUPS = 100_000

OURS = "select g, ndcg(label, score, 10) as ndcg from t group by g"
WINDOWS = """
    select g, coalesce(
        sum(gain / log2(place + 1)) filter (place <= 10) /
        nullif(sum(gain / log2(best + 1)) filter (best <= 10), 0), 0
    ) as ndcg
    from (
        select g, pow(2, label) - 1 as gain,
            row_number() over (partition by g order by score desc) as place,
            row_number() over (partition by g order by label desc) as best
        from t
    ) group by g
"""
# Keeps the ten best of each group instead of sorting all of it.
MAX_BY = """
    with top as (select g, max_by(label, score, 10) as ranked, max(label, 10) as best from t group by g)
    select g, coalesce({ranked} / nullif({best}, 0), 0) as ndcg from top
""".format(
    **{
        labels: f"list_sum(list_transform({labels}, lambda label, i: (pow(2, label) - 1) / log2(i + 1)))"
        for labels in ["ranked", "best"]
    }
)


def prepare(ctx: Context) -> None:
    ctx.connection = ctx.connect()
    # The score of every row is another one: ties are no matter of definition here.
    ctx.connection.execute(
        f"""
        create table t as select
            (hash(i) % {ctx.rows(GROUPS)})::integer as g,
            (hash(i + 1) % 5)::double as label,
            (i * 7919 % {ctx.rows(ROWS)})::double as score
        from range({ctx.rows(ROWS)}) rows(i)
        """
    )


def contestants(ctx: Context) -> dict[str, Callable[[], tuple]]:
    queries = dict(zip(["aim_ext", *GOAL], [OURS, WINDOWS, MAX_BY]))
    return {name: lambda sql=sql: averaged(ctx, sql) for name, sql in queries.items()}


def averaged(ctx: Context, sql: str) -> tuple:
    return ctx.connection.execute(f"select count(ndcg), avg(ndcg) from ({sql})").fetchone()


def check(ctx: Context) -> None:
    for peer in [WINDOWS, MAX_BY]:
        differing = ctx.connection.execute(
            f"""
            select count(*) from ({OURS}) ours full join ({peer}) theirs using (g)
            where coalesce(abs(ours.ndcg - theirs.ndcg) > 1e-9, true)
            """
        ).fetchone()
        agree("groups whose ndcg differs", differing, (0,))
