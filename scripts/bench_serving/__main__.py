"""Measures the recommendation export against other ways to load the same rows; prints Markdown.

    serving_bench.py --aim BINARY --root DIR --url URL --rounds N [--view]

DIR holds the warehouse that serving_data.py made. Contestants take turns; figures are medians of one run
and comparable only within it. What each of them loaded is compared with the table that aim made, row by row.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import time
from pathlib import Path

import adbc_driver_postgresql.dbapi
import duckdb
import duckdb_extension_postgres_scanner as scanner
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TABLES = ["recommendable_offers_raw", "enriched_user", "non_recommendable_items_data"]
BUCKET = "gs://bench/export"

# What each column is in PostgreSQL, in words that DuckDB understands.
DUCKDB_TYPES = {"character varying": "varchar", "timestamp without time zone": "timestamp", "real": "float"}

# The way it used to be: a PL/pgSQL function, indexes on the empty view, one plain refresh, swap; one
# transaction.
FORMER_VIEW = """
begin;
create function get_former() returns table (offer_id varchar, item_id varchar, offer_creation_date timestamp,
    stock_beginning_date timestamp, booking_number integer, venue_latitude decimal, venue_longitude decimal,
    venue_geo geography, default_max_distance integer, unique_id varchar) as $body$
begin
    return query select o.offer_id, o.item_id, o.offer_creation_date, o.stock_beginning_date, o.booking_number,
        o.venue_latitude, o.venue_longitude,
        st_setsrid(st_makepoint(o.venue_longitude::float8, o.venue_latitude::float8), 4326)::geography,
        o.default_max_distance, o.unique_id
    from public.recommendable_offers_raw as o where o.is_geolocated = true and o.is_sensitive = false;
end; $body$ language plpgsql;
create materialized view former_mv as select * from get_former() with no data;
create unique index former_key on former_mv (item_id, offer_id, unique_id);
create index former_offer on former_mv (offer_id);
create index former_item on former_mv (item_id);
create index former_geo on former_mv using gist (venue_geo);
refresh materialized view former_mv;
commit"""


class Bench:
    def __init__(self, args):
        self.args = args
        self.env = dict(os.environ, DATABASE_URL=args.url, AIM_LOCAL_ROOT=args.root, AIM_LOG="warn", AIM_MODE="local")
        self.figures = {}

    def psql(self, *commands):
        flags = [word for command in commands for word in ("-c", command)]
        out = subprocess.run(["psql", "-XqAt", self.args.url, *flags], check=True, capture_output=True, text=True)
        return out.stdout.strip()

    def aim(self, command, *more):
        return subprocess.run([self.args.aim, command, *more], check=True, capture_output=True, text=True, env=self.env).stdout

    def timed(self, name, work):
        """Runs work(): the seconds it answers, or its wall time; its wall time; CPU seconds of children."""
        self.psql("checkpoint")
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        own = work()
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.figures.setdefault(name, []).append((own if isinstance(own, float) else wall, wall, cpu))

    def median(self, name, part=0):
        return statistics.median(figure[part] for figure in self.figures[name])

    def shard_options(self, table):
        return ["--table-name", table, "--bucket-path", BUCKET, "--date", "20260315"]

    def load(self, table, *more):
        out = self.aim("import-table", *self.shard_options(table), *more)
        return float(re.search(r"load ([0-9.]+) s", out)[1])

    def rival(self, table):
        self.psql("drop table if exists rival", f"create table rival (like {table})")

    def check(self, table):
        same = self.psql(f"select (select count(*) from rival) = (select count(*) from {table}) and not exists "
                         f"(select * from rival except all select * from {table})")
        assert same == "t", f"a rival loaded other rows of {table}"

    def columns(self, table):
        rows = self.psql("select attname, format_type(atttypid, atttypmod) from pg_attribute "
                         f"where attrelid = '{table}'::regclass and attnum > 0 order by attnum")
        return [row.split("|") for row in rows.splitlines()]

    def shards(self, table):
        return sorted(str(path) for path in Path(self.args.root, "gs/bench/export").glob(f"{table}-*.parquet"))

    def floor(self, table):
        path = Path(self.args.root, f"{table}.binary")
        if not path.exists():
            self.psql(f"\\copy {table} to '{path}' with (format binary)")
        self.rival(table)
        self.timed(f"{table} psql", lambda: self.psql(f"\\copy rival from '{path}' with (format binary)"))

    def duckdb(self, table):
        self.rival(table)
        extension = Path(scanner.__file__).parent.glob("extensions/*/postgres_scanner.duckdb_extension")
        casts = ", ".join(f"cast({name} as {DUCKDB_TYPES.get(kind, kind)})" for name, kind in self.columns(table))

        def work():
            connection = duckdb.connect()
            connection.execute(f"load '{next(extension)}'")
            # Its own words for a connection: key and value.
            connection.execute(f"attach '{self.args.url}' as pg (type postgres)")
            connection.execute(f"insert into pg.public.rival select {casts} from read_parquet({self.shards(table)})")
            connection.close()

        self.timed(f"{table} duckdb", work)

    def adbc(self, table):
        self.rival(table)
        names = [name for name, _ in self.columns(table)]

        def cast(column, kind):
            if kind.startswith("numeric"):
                return pc.round(column, 3, "half_towards_infinity").cast(pa.decimal128(18, 3), safe=False)
            if kind == "real":
                return column.cast(pa.float64()).cast(pa.float32())
            wanted = {"character varying": pa.string(), "integer": pa.int32(), "boolean": pa.bool_(),
                      "timestamp without time zone": pa.timestamp("us")}[kind]
            return column.cast(wanted)

        def batches():
            for shard in self.shards(table):
                for batch in pq.ParquetFile(shard).iter_batches(columns=names):
                    arrays = [cast(batch.column(name), kind) for name, kind in self.columns_of[table]]
                    yield pa.record_batch(arrays, names=names)

        def work():
            first = next(batches())
            reader = pa.RecordBatchReader.from_batches(first.schema, batches())
            with adbc_driver_postgresql.dbapi.connect(self.args.url) as connection, connection.cursor() as cursor:
                cursor.adbc_ingest("rival", reader, mode="append")
                connection.commit()

        self.columns_of = {table: self.columns(table)}
        self.timed(f"{table} adbc", work)

    def view(self):
        self.psql("drop materialized view if exists former_mv", "drop function if exists get_former()")
        self.timed("view former", lambda: self.psql(FORMER_VIEW))
        self.timed("view aim", lambda: self.aim("materialize", "--view-name", "recommendable_offers_raw_mv"))
        same = self.psql("select not exists (select offer_id, unique_id, venue_geo::text from former_mv except all "
                         "select offer_id, unique_id, venue_geo::text from recommendable_offers_raw_mv)")
        assert same == "t", "the views differ"

    def run(self):
        self.psql("create extension if not exists postgis")
        for table in TABLES:
            self.aim("export", *self.shard_options(table))
            self.aim("import-table", *self.shard_options(table), "--force")
        for _ in range(self.args.rounds):
            for table in TABLES:
                self.timed(f"{table} one", lambda: self.load(table, "--jobs", "1"))
                self.floor(table)
                self.timed(f"{table} aim", lambda: self.load(table))
                self.duckdb(table)
                self.check(table)
                self.adbc(table)
                self.check(table)
            if self.args.view:
                self.view()

    def report(self):
        rows = {table: self.psql(f"select count(*) from {table}") for table in TABLES}
        print("| load only, seconds | psql, encoded before | one connection | default | DuckDB 1.5.5 | ADBC | verify and swap too |")
        print("|---|---|---|---|---|---|---|")
        for table in TABLES:
            of = lambda name, part=0: self.median(f"{table} {name}", part)
            floor, duck, adbc, default = of("psql"), of("duckdb"), of("adbc"), of("aim")
            print(f"| {table}, {rows[table]} rows | {floor:.2f} | {of('one'):.2f} ({of('one') / floor:.2f}x psql) "
                  f"| {default:.2f} | {duck:.2f} (aim {default / duck:.2f}x) | {adbc:.2f} (aim {default / adbc:.2f}x) "
                  f"| {of('aim', 1):.2f} ({of('aim', 1) / duck:.2f}x DuckDB), CPU {of('aim', 2):.2f} |")
        if self.args.view:
            former, ours = self.median("view former"), self.median("view aim")
            print(f"\nrecommendable_offers_raw_mv with its indexes: former script {former:.2f} s, aim {ours:.2f} s ({ours / former:.2f}x)")
        usage = subprocess.run(["/usr/bin/time", "-f", "%M", self.args.aim, "import-table", *self.shard_options(TABLES[0])],
                               check=True, capture_output=True, text=True, env=self.env)
        print(f"\nPeak memory of the import: {int(usage.stderr.split()[-1]) / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--aim", "--root", "--url"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--view", action="store_true")
    bench = Bench(parser.parse_args())
    bench.run()
    bench.report()


if __name__ == "__main__":
    main()
