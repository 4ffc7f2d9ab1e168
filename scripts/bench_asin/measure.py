"""Times and memory of the pipeline's stages, as `aim asin` commands on Parquet files, and the pace of its ingest.

Every figure is of a process of its own, its start included, and the median of the rounds.
"""

import argparse
import os
import signal
import statistics
import subprocess
import tempfile
from pathlib import Path

import duckdb

AIM = os.environ["AIM"]
ROUNDS = 5

# Product series with gaps, spikes and missing cells; the same on every machine.
MART = """
    copy (
        select
            'B' || lpad(s::varchar, 9, '0') as asin,
            ['US', 'UK', 'DE'][s % 3 + 1] as site,
            date '2025-01-01' + d::int as dt,
            case when hash(s, d, 1) % 50 > 0 then 20 + (hash(s, d, 2) % 1000) / 100.0 end::double as price,
            case when hash(s, d, 3) % 50 > 0 then 1000 + s % 700 * 11 + hash(s, d, 4) % 500 - d end::double as bsr,
            4 + (hash(s, d, 5) % 10) / 10.0::double as rating,
            (100 + d * (1 + s % 4))::double as reviews_count,
            (hash(s, d, 6) % 60)::double as stock_est,
            'seller-' || s % 9 as buybox_seller,
            (5 + hash(s, d, 7) % 9)::double as est_sales,
            timestamp '2026-01-01 00:00:00' + interval (s) second as _ingested_at,
            'category-' || s % 40 as category,
            60 + s % 40 as title_length,
            s % 7 as bullet_count,
            s % 9 as image_count,
            s % 2 = 0 as has_material_attr,
            s % 3 = 0 as has_size_attr,
            true as has_use_case_attr,
            s % 5 = 0 as has_a_plus
        from range({series}) a(s), range({days}) b(d)
        limit {rows}
    ) to '{file}' (format parquet)
"""


def aim(root, *arguments, **variables):
    """Runs a command; its wall seconds, CPU seconds and peak MiB."""
    report = root / "time"
    command = ["/usr/bin/time", "-f", "%e %U %S %M", "-o", report, AIM, "asin", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIM_", "DATABASE_URL"))}
    environment |= {"AIM_LOCAL_ROOT": str(root / "job"), "AIM_THREADS": "2", **variables}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    wall, user, system, peak = map(float, report.read_text().split())
    return wall, user + system, peak / 1024


def line(what, figure):
    print(f"| {what} | {figure} |", flush=True)


def chain(root, mart, **variables):
    """Standardize, features and score of a file; seconds, CPU seconds and peak of each."""
    files = [root / f"{name}.parquet" for name in ("mart", "features", "scores")]
    return [
        aim(root, "standardize", "--input", mart, "--output", files[0], **variables),
        aim(root, "features", "--input", files[0], "--output", files[1], **variables),
        aim(root, "score", "--input", files[1], "--output", files[2], **variables),
    ]


def small(root, _):
    mart, row = root / "raw.parquet", root / "row.parquet"
    duckdb.sql(MART.format(series=169, days=370, rows=62357, file=mart))
    rounds = []
    for _ in range(ROUNDS):
        figures = chain(root, mart)
        files = ["--mart", root / "mart.parquet", "--features", root / "features.parquet"]
        figures.append(aim(root, "labels", *files, "--output-dir", root / "labels"))
        duckdb.sql(f"copy (from '{root}/features.parquet' limit 1) to '{row}'")
        # What every stage pays before it has read a row.
        figures.append(aim(root, "score", "--input", row, "--output", root / "score.parquet"))
        rounds.append(figures)
    stages = [*(f"`{stage}` of 62,357 rows" for stage in ("standardize", "features", "score", "labels")), "`score` of one row"]
    for at, stage in enumerate(stages):
        cpu = statistics.median(figures[at][1] for figures in rounds)
        line(f"{stage}, CPU", f"{cpu:.2f} s")


def large(root, series, **variables):
    mart = root / "raw.parquet"
    duckdb.sql(MART.format(series=series, days=370, rows=series * 370, file=mart))
    figures = chain(root, mart, **variables)
    rows = f"{series * 370:,} rows" + (f", {variables['AIM_MEMORY_LIMIT']}" if variables else "")
    for stage, (wall, cpu, peak) in zip(["standardize", "features", "score"], figures):
        line(f"`{stage}` of {rows}", f"{wall:.1f} s, CPU {cpu:.1f} s, {peak:,.0f} MiB")
    line("all three", f"{sum(wall for wall, _, _ in figures):.1f} s")


def spill(root, series):
    large(root, series, AIM_MEMORY_LIMIT="1GB")


def ingest(root, _, products=1250, per_minute=3000, burst=50):
    times = root / "times"
    server = subprocess.Popen(
        [AIM, "asin", "api", "serve", "--port", "0", "--times", times], stdout=subprocess.PIPE, text=True
    )
    try:
        address = server.stdout.readline().split()[-1]
        settings = root / "settings.yaml"
        settings.write_text(
            f"sites: [US]\nunified_api_base_url: {address}\n"
            f"rate_limits: {{unified_api: {{qpm: {per_minute}, burst: {burst}, timeout_sec: 60}}}}\n"
        )
        asins = root / "asins.txt"
        asins.write_text("".join(f"B0{at:08}\n" for at in range(products)))
        aim(root, "ingest", "--settings", settings, "--asin-file", asins, UNIFIED_API_TOKEN="bench")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    came = sorted(int(text) / 1000 for text in times.read_text().split())
    rate, requests = per_minute / 60, len(came)
    bound = (requests - burst) / rate
    took = came[-1] - came[0]
    line(f"{requests:,} requests at {per_minute:,} per minute, burst {burst}", f"{took:.2f} s")
    line("the limit's own bound", f"{bound:.2f} s, {100 * (took / bound - 1):+.2f} %")
    for window in (1, 10, 60):
        first, most = 0, 0
        for last, at in enumerate(came):
            while came[first] <= at - window:
                first += 1
            most = max(most, last - first + 1)
        line(f"most in a window of {window} s, of {burst + rate * window:.0f} allowed", str(most))


CASES = {"small": small, "large": large, "spill": spill, "ingest": ingest}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=27000)
    parser.add_argument("--case", choices=CASES, action="append")
    arguments = parser.parse_args()
    print("| `scripts/bench asin` | |\n|---|---|")
    for case in arguments.case or CASES:
        # Beside what is measured, where there is room for what spills.
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "job").mkdir()
            CASES[case](root, arguments.series)


if __name__ == "__main__":
    main()
