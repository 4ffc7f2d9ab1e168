"""`aim asin train` against LightGBM's own Python package: the same samples, the same parameters, the same model.

    AIM=path/to/aim AIM_LIGHTGBM=path/to/lib_lightgbm.so python -m bench_asin.train [rounds]

CPU seconds, the two in turn. Ours is the whole command, from the Parquet file to the files beside the model; theirs
is the training alone, from a NumPy matrix in memory.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import lightgbm
import numpy

ROWS = 200_000
TREES = 100
# Threads that wait for each other would count.
THREADS = 1

NAME = f"`asin train`, {ROWS // 1000} k label rows × 12 features, {TREES} rounds"
GOAL = 1.2

FEATURES = [f"f{at}" for at in range(12)]


def feature(at: int) -> str:
    """One value in twenty is missing, but of the three that say what is relevant."""
    value = f"(hash(i, {at}) % 100000) / 100000"
    return f"{value} as f{at}" if at < 3 else f"case when hash(i, {at}, 1) % 20 > 0 then {value} end as f{at}"


VECTOR = ", ".join(f"""'"{name}": ' || {name}""" for name in FEATURES)

SAMPLES = f"""
    select
        'A' || lpad((i % 1000)::varchar, 4, '0') as asin,
        'US' as site,
        date '2024-01-01' + (i // 1000)::int as t_ref,
        'c' || (i % 20) || '|' || t_ref as group_id,
        least(4, (f0 * 3 + f1 * 2 + f2 * (hash(i) % 1000) / 1000)::int) as relevance,
        case when i < {ROWS * 4 // 5} then 'train' else 'valid' end as split,
        '{{' || concat_ws(', ', {VECTOR}) || '}}' as feature_vector
    from (select i, {", ".join(map(feature, range(12)))} from range({ROWS}) t(i))
    order by i"""

PARAMETERS = {
    "seed": 42, "deterministic": True, "force_row_wise": True, "verbosity": -1, "num_threads": THREADS,
    "learning_rate": 0.05, "num_leaves": 63, "bagging_freq": 1, "bagging_fraction": 0.8, "lambda_l2": 1.0,
    "objective": "lambdarank", "metric": "ndcg", "eval_at": [10, 20], "max_depth": -1, "min_data_in_leaf": 50,
    "feature_fraction": 0.9, "lambda_l1": 0.0,
}  # fmt: skip


def cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    return sum(os.times()[:4])


def matrices(file: Path) -> dict[str, tuple[numpy.ndarray, numpy.ndarray, list[int]]]:
    parts = {}
    shape = json.dumps(dict.fromkeys(FEATURES, "DOUBLE"))
    for part in ("train", "valid"):
        rows = f"from '{file}' where split = '{part}'"
        order = "order by group_id, asin, site, t_ref"
        columns = duckdb.sql(f"select relevance, unnest(from_json(feature_vector, '{shape}')) {rows} {order}").fetchnumpy()
        label = columns.pop("relevance")
        x = numpy.column_stack([numpy.ma.filled(column, numpy.nan) for column in columns.values()])
        sizes = duckdb.sql(f"select count(*) {rows} group by group_id order by group_id").fetchall()
        parts[part] = (numpy.ascontiguousarray(x), label, [size for (size,) in sizes])
    return parts


def theirs(parts: dict) -> str:
    (x, y, groups), (valid_x, valid_y, valid_groups) = parts["train"], parts["valid"]
    data = lightgbm.Dataset(x, y, group=groups, feature_name=FEATURES)
    valid = lightgbm.Dataset(valid_x, valid_y, group=valid_groups, reference=data)
    stop = lightgbm.early_stopping(100, verbose=False)
    booster = lightgbm.train(PARAMETERS, data, TREES, valid_sets=[valid], callbacks=[stop])
    return booster.model_to_string(num_iteration=booster.best_iteration)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory(prefix="aim-bench-") as folder:
        file, model = Path(folder) / "samples.parquet", Path(folder) / "model.txt"
        duckdb.sql(f"copy ({SAMPLES}) to '{file}'")
        parts = matrices(file)
        command = [
            os.environ["AIM"], "asin", "train", "--data", str(file), "--output", str(model),
            "--rounds", str(TREES), "--local-root", folder,
        ]  # fmt: skip
        environment = os.environ | {"AIM_THREADS": str(THREADS)}
        times: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(rounds):
            start = cpu()
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
            times["ours"].append(cpu() - start)
            start = cpu()
            text = theirs(parts)
            times["theirs"].append(cpu() - start)
        trees = [saved[: saved.index("end of trees")] for saved in (model.read_text(), text)]
        assert trees[0] == trees[1], "The models differ"
    ours, own = (statistics.median(times[name]) for name in ("ours", "theirs"))
    print("| work | against | ours s | theirs s | ratio | goal | met |\n|---|---|---|---|---|---|---|")
    met = "yes" if ours / own <= GOAL else "no"
    print(f"| {NAME} | LightGBM | {ours:.2f} | {own:.2f} | {ours / own:.2f} | {GOAL} | {met} |")


if __name__ == "__main__":
    main()
