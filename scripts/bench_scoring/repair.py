"""Vehicle and size put back where they belong.

Timed: repairing every row, reduced to the length of all texts, from a table in memory. The peer has the
same rules as regular expressions, each applied to the rows that need it and to no others.
"""

from collections.abc import Callable

from .harness import Context, agree

NAME = "`vehicle_size_repair`, 2 M rows"
GOAL = {"DuckDB regular expressions": 5.0}

ROWS = 2_000_000

OURS = "select id, unnest(vehicle_size_repair(vehicle, size)) from t"

CORE = (
    r"(?i)\b(?:\d{3}/\d{2}|\d{2}/\d{3,4}(?:\.\d{2})?|\d{2}/\d{2}\.\d{2}|\d{1,2}x\d{2}\.\d{2}|\d{1,2}\.\d{2})"
    r"\s*[a-z]{0,2}r\d{2}(?:\.\d|c)?\b"
)
THEIRS = rf"""
    with texts as (
        select id, trim(coalesce(vehicle, '')) as vehicle, trim(coalesce(size, '')) as size from t
    ), in_size as (
        select *, regexp_extract(size, '{CORE}') as size_core from texts
    ), in_either as (
        select *, case when size_core = '' then regexp_extract(vehicle, '{CORE}') else '' end as vehicle_core
        from in_size
    ), moved as (
        select id,
            case
                when size_core <> '' then vehicle || ' ' || split_part(size, size_core, 1)
                when vehicle_core <> '' then replace(vehicle, vehicle_core, ' ')
                else vehicle
            end as vehicle,
            case when size_core <> '' then size_core when vehicle_core <> '' then vehicle_core else size end as size
        from in_either
    )
    select id,
        trim(regexp_replace(
            regexp_replace(vehicle, '([A-Za-z])([0-9])', '\1 \2', 'g'), '\s+', ' ', 'g'
        )) as vehicle,
        trim(regexp_replace(
            regexp_replace(size, '(?i)([0-9])([a-z]{{0,2}})R([0-9])', '\1 \2R\3', 'g'), '\s+', ' ', 'g'
        )) as size
    from moved
"""

MAKES = ["AUDI", "BMW", "FORD", "MERCEDES-BENZ", "RENAULT", "SKODA", "VOLKSWAGEN", "CITROEN"]
MODELS = ["A3", "3 SERIES", "FOCUS", "C-CLASS", "CLIO", "OCTAVIA 2.0", "GOLF MK7", "C4  PICASSO"]
# Rows of each kind, of 100: where the size stands, and how it is spelled.
KINDS = """
    case
        when kind < 55 then {vehicle: make || ' ' || model, size: size || ' 92Y'}
        when kind < 65 then {vehicle: make || model, size: replace(size, ' R', 'R')}
        when kind < 75 then {vehicle: make, size: model || ' ' || replace(size, ' R', 'ZR') || ' XL'}
        when kind < 85 then {vehicle: make || ' ' || size || ' ' || model, size: null}
        when kind < 90 then {vehicle: make || ' ' || model, size: '31x10.50R15'}
        when kind < 93 then {vehicle: make || ' ' || model, size: '215/75 R17.5'}
        when kind < 96 then {vehicle: make || ' ' || model, size: '195/75R16C 107/105R'}
        when kind < 98 then {vehicle: make || ' ' || model, size: 'unknown'}
        when kind < 99 then {vehicle: null, size: size}
        else {vehicle: null, size: null}
    end
"""


def prepare(ctx: Context) -> None:
    ctx.connection = ctx.connect()
    ctx.connection.execute(
        f"""
        create table t as with numbers as (
            select i as id, [(hash(i + n) % 25200)::bigint for n in range(6)] as random
            from range({ctx.rows(ROWS)}) rows(i)
        ), parts as (
            select id,
                {MAKES}[1 + random[1] % {len(MAKES)}] as make,
                {MODELS}[1 + random[2] % {len(MODELS)}] as model,
                format('{{}}/{{}} R{{}}', 155 + 10 * (random[3] % 16), 30 + 5 * (random[4] % 9), 14 + random[5] % 7) as size,
                random[6] % 100 as kind
            from numbers
        )
        select id, unnest({KINDS}) from parts
        """
    )


def contestants(ctx: Context) -> dict[str, Callable[[], tuple]]:
    return {"aim_ext": lambda: reduced(ctx, OURS), next(iter(GOAL)): lambda: reduced(ctx, THEIRS)}


def reduced(ctx: Context, sql: str) -> tuple:
    return ctx.connection.execute(f"select sum(length(vehicle)), sum(length(size)) from ({sql})").fetchone()


def check(ctx: Context) -> None:
    differing = ctx.connection.execute(
        f"""
        select * from ({OURS}) ours full join ({THEIRS}) theirs using (id)
        where ours.vehicle is distinct from theirs.vehicle or ours.size is distinct from theirs.size
        limit 1
        """
    ).fetchall()
    agree("a row that is repaired otherwise", differing, [])
