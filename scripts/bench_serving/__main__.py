"""Measures the recommendation export against other ways to load the same rows; prints Markdown.

    bench_serving --aim BINARY --root DIR --url URL --rounds N

DIR holds the warehouse that data.py made. Contestants take turns; figures are medians of one run and
comparable only within it. What each of them loaded is compared with the table that aim made, row by row.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import rivals

TABLES = ["recommendable_offers_raw", "enriched_user", "non_recommendable_items_data"]
BUCKET = "gs://bench/export"


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

    def shards(self, table):
        return sorted(str(path) for path in Path(self.args.root, "gs/bench/export").glob(f"{table}-*.parquet"))

    def rival(self, table, name, columns, load):
        """Lets another program fill a table of the same columns, and looks at what it loaded."""
        self.psql("drop table if exists rival", f"create table rival (like {table})")
        self.timed(f"{table} {name}", load)
        # Programs differ in the last bit of what decimals become in single precision.
        values = ", ".join(f"round({name}::numeric, 2)" if kind == "real" else name for name, kind in columns)
        same = self.psql(f"select (select count(*) from rival) = (select count(*) from {table}) and not exists "
                         f"(select {values} from rival except all select {values} from {table})")
        if same != "t":
            raise SystemExit(f"{name} loaded other rows of {table}")

    def tables(self):
        for table in TABLES:
            rows = self.psql("select attname, format_type(atttypid, atttypmod) from pg_attribute "
                             f"where attrelid = '{table}'::regclass and attnum > 0 order by attnum")
            columns = [row.split("|") for row in rows.splitlines()]
            binary = Path(self.args.root, f"{table}.binary")
            if not binary.exists():
                self.psql(f"\\copy {table} to '{binary}' with (format binary)")
            self.timed(f"{table} one", lambda: self.load(table, "--jobs", "1"))
            self.rival(table, "psql", columns, lambda: self.psql(f"\\copy rival from '{binary}' with (format binary)"))
            self.timed(f"{table} aim", lambda: self.load(table))
            self.rival(table, "duckdb", columns, lambda: rivals.duckdb_load(self.args.url, columns, self.shards(table)))
            self.rival(table, "adbc", columns, lambda: rivals.adbc_load(self.args.url, columns, self.shards(table)))

    def view(self):
        self.psql("drop materialized view if exists former_mv", "drop function if exists get_former()")
        self.timed("view former", lambda: self.psql(rivals.FORMER_VIEW))
        self.timed("view aim", lambda: self.aim("materialize", "--view-name", "recommendable_offers_raw_mv"))
        same = self.psql("select not exists (select offer_id, unique_id, venue_geo::text from former_mv except all "
                         "select offer_id, unique_id, venue_geo::text from recommendable_offers_raw_mv)")
        if same != "t":
            raise SystemExit("the views differ")

    def run(self):
        self.psql("create extension if not exists postgis")
        for table in TABLES:
            self.aim("export", *self.shard_options(table))
            self.aim("import-table", *self.shard_options(table), "--force")
        for round in range(self.args.rounds):
            print(f"Round {round + 1} of {self.args.rounds}", file=sys.stderr, flush=True)
            self.tables()
            self.view()

    def report(self):
        print("| load only, seconds | psql \\copy, encoded before | aim, one connection | aim | DuckDB 1.5.5 | ADBC 1.13.0 |")
        print("|---|---|---|---|---|---|")
        for table in TABLES:
            of = lambda name: self.median(f"{table} {name}")
            rows = int(self.psql(f"select count(*) from {table}"))
            print(f"| {table}, {rows:,} rows | {of('psql'):.2f} | {of('one'):.2f} ({of('one') / of('psql'):.2f}× psql) "
                  f"| {of('aim'):.2f} | {of('duckdb'):.2f} (aim {of('aim') / of('duckdb'):.2f}×) "
                  f"| {of('adbc'):.2f} (aim {of('aim') / of('adbc'):.2f}×) |")
        print("\n| with verification, statistics and swap | seconds | against DuckDB's load only | CPU of the client per million rows |")
        print("|---|---|---|---|")
        for table in TABLES:
            rows = int(self.psql(f"select count(*) from {table}"))
            wall, cpu = self.median(f"{table} aim", 1), self.median(f"{table} aim", 2)
            print(f"| {table} | {wall:.2f} | {wall / self.median(f'{table} duckdb'):.2f}× | {cpu / rows * 1e6:.2f} s |")
        former, ours = self.median("view former"), self.median("view aim")
        print(f"\nrecommendable_offers_raw_mv with its indexes: former script {former:.2f} s, aim {ours:.2f} s ({ours / former:.2f}×)")
        usage = subprocess.run(["/usr/bin/time", "-f", "%M", self.args.aim, "import-table", *self.shard_options(TABLES[0])],
                               check=True, capture_output=True, text=True, env=self.env)
        print(f"\nPeak memory of aim import-table: {int(usage.stderr.split()[-1]) / 1024:.0f} MiB\n")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--aim", "--root", "--url"):
        parser.add_argument(name, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    bench = Bench(parser.parse_args())
    bench.run()
    bench.report()


if __name__ == "__main__":
    main()
