"""Makes the golden files of this folder with LightGBM itself:

    python3.11 -m venv venv && venv/bin/pip install lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python tests/model/make_goldens.py

With lightgbm==3.3.5 (numpy==1.26.4) the same command makes `written_by_3` only.

`<case>.txt` is a model. `<case>.rows` has a line per row, parts separated by `|`: the features; what
Booster.predict() says, as the bits of doubles in hexadecimal; the raw scores; the raw scores of
iterations 1 and 2 alone; and, for some rows, the contributions (pred_contrib).
"""

import pathlib
import struct

import lightgbm as lgb
import numpy as np

FOLDER = pathlib.Path(__file__).parent
FEATURES = 6
EDGES = [
    np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1e-36, -1e-36, 1e-35, -1e-35, 1.0000000180025095e-35,
    1.1e-35, 1e308, -1e308, 0.5, -0.5, -1.0, 2.7, 31.0, 32.0, 63.0, 64.0, 2147483647.0, 2147483648.0, 1e10,
]


def features(rows, random):
    """Continuous, rounded, sparse and half missing features."""
    x = random.normal(size=(rows, FEATURES))
    x[:, 1] = np.round(x[:, 1], 1)
    x[:, 2] = np.where(random.random(rows) < 0.6, 0.0, np.round(x[:, 2], 2))
    x[:, 3] = np.where(random.random(rows) < 0.5, np.nan, np.round(x[:, 3], 2))
    x[:, 4] = random.integers(0, 100, rows)
    x[:, 5] = random.integers(0, 5, rows)
    return x


def signal(x):
    """A target with something to find in every feature."""
    z = np.nan_to_num(x)
    missing = np.where(np.isnan(x[:, 3]), 1.5, 0.0)
    return 2 * z[:, 0] + z[:, 1] * z[:, 2] + missing + np.sin(z[:, 4]) + np.where(z[:, 5] == 3, 2.0, 0.0)


def probe_rows(text, random):
    """Ordinary rows, edge values, and values on and beside the thresholds of the model."""
    rows = np.round(features(16, random), 3)
    rows[np.arange(16) % 4 == 0, random.integers(0, FEATURES)] = np.nan
    edges = np.round(features(len(EDGES), random), 2)
    for at, edge in enumerate(EDGES):
        edges[at, :] = np.where(random.random(FEATURES) < 0.6, edge, edges[at, :])
    same = np.array([np.full(FEATURES, np.nan), np.zeros(FEATURES), np.full(FEATURES, 1e-36)])
    thresholds = []
    for tree in text.split("Tree=")[1:]:
        lines = dict(line.split("=", 1) for line in tree.splitlines() if "=" in line)
        if lines.get("split_feature"):
            thresholds += zip(map(int, lines["split_feature"].split()), map(float, lines["threshold"].split()))
    beside = np.round(features(12, random), 2)
    for at in range(len(beside) if thresholds else 0):
        feature, threshold = thresholds[random.integers(len(thresholds))]
        beside[at, feature] = [threshold, np.nextafter(threshold, np.inf), np.nextafter(threshold, -np.inf)][at % 3]
    return np.concatenate([rows, edges, same, beside])


def bits(values):
    return " ".join(struct.pack(">d", value).hex() for value in np.atleast_1d(values))


def write(name, booster):
    text = booster.model_to_string()
    # What follows the trees, importances and parameters, is kept in one model only.
    if name != "regression":
        text = text[: text.index("end of trees")] + "end of trees\n"
    (FOLDER / f"{name}.txt").write_text(text)
    random = np.random.default_rng(len(text))
    x = probe_rows(text, random)
    loaded = lgb.Booster(model_str=text)
    values, raw = loaded.predict(x), loaded.predict(x, raw_score=True)
    some = loaded.predict(x, raw_score=True, start_iteration=1, num_iteration=2)
    linear = "is_linear=1" in text
    contributions = None if linear else loaded.predict(x, pred_contrib=True)
    with open(FOLDER / f"{name}.rows", "w") as file:
        for at, row in enumerate(x):
            parts = [" ".join(repr(float(value)) for value in row), bits(values[at]), bits(raw[at]), bits(some[at])]
            if not linear and at % 12 == 0:
                parts.append(bits(contributions[at]))
            file.write(" | ".join(parts) + "\n")


def train(parameters, x, y, rounds=4, **options):
    keywords = {key: options.pop(key) for key in ("valid_sets", "callbacks") if key in options}
    # Models are equal on every machine.
    fixed = dict(verbose=-1, num_threads=1, deterministic=True, seed=7, min_data_in_leaf=5, num_leaves=8)
    return lgb.train(fixed | parameters, lgb.Dataset(x, y, **options), rounds, **keywords)


def cases():
    random = np.random.default_rng(20)
    x = features(600, random)
    y = signal(x)
    level = np.digitize(y, np.quantile(y, [0.4, 0.7]))
    yield "regression", train({"objective": "regression"}, x, y)
    yield "regression_sqrt", train({"objective": "regression", "reg_sqrt": True}, x, y)
    yield "huber", train({"objective": "huber"}, x, y)
    yield "poisson", train({"objective": "poisson"}, x, level)
    yield "gamma", train({"objective": "gamma"}, x, level + 1)
    yield "tweedie", train({"objective": "tweedie"}, x, level)
    yield "binary", train({"objective": "binary"}, x, y > 1, rounds=6)
    # Not the double nearest to 1.14: see how LightGBM reads the parameters of objectives.
    yield "binary_sigmoid", train({"objective": "binary", "sigmoid": 1.14, "is_unbalance": True}, x, y > 1)
    yield "cross_entropy", train({"objective": "cross_entropy"}, x, level / 2)
    yield "cross_entropy_lambda", train({"objective": "cross_entropy_lambda"}, x, level / 2)
    yield "multiclass", train({"objective": "multiclass", "num_class": 3}, x, level)
    yield "multiclass_ova", train({"objective": "multiclassova", "num_class": 3, "sigmoid": 0.7}, x, level)
    groups = [20] * 30
    yield "lambdarank", train({"objective": "lambdarank"}, x, level, group=groups)
    yield "rank_xendcg", train({"objective": "rank_xendcg"}, x, level, group=groups)
    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "feature_fraction": 0.7}
    yield "random_forest", train(forest | {"objective": "regression"}, x, y)
    yield "random_forest_binary", train(forest | {"objective": "binary"}, x, y > 1)
    yield "dart", train({"objective": "regression", "boosting": "dart", "drop_rate": 0.5}, x, y, rounds=6)
    yield "zero_as_missing", train({"objective": "regression", "zero_as_missing": True}, x, y)
    yield "use_missing_false", train({"objective": "regression", "use_missing": False}, x, y)
    # Missing in the data for prediction only.
    yield "never_missing", train({"objective": "regression"}, np.nan_to_num(x), y)
    many = {"objective": "regression", "min_data_per_group": 5, "cat_smooth": 1, "max_cat_to_onehot": 2}
    yield "categorical", train(many, x, y + (x[:, 4] % 7), rounds=6, categorical_feature=[4, 5])
    # Category 0 goes left by itself, and with it -0.5.
    single = {"objective": "binary", "max_cat_to_onehot": 8}
    yield "categorical_one_hot", train(single, x, (y > 1) ^ (x[:, 5] == 0), categorical_feature=[5])
    yield "linear", train({"objective": "regression", "linear_tree": True}, x, y)
    categorical_linear = many | {"linear_tree": True}
    yield "linear_categorical", train(categorical_linear, x, y, categorical_feature=[4, 5])
    yield "one_leaf", train({"objective": "regression", "min_data_in_leaf": 400}, x, y)
    yield "one_leaf_binary", train({"objective": "binary", "min_data_in_leaf": 400}, x, y > 1)
    # More thresholds of one feature than a byte can tell apart, in trees that are mostly chains.
    wide = features(3000, random)
    fine = {"objective": "regression", "max_bin": 2000, "min_data_in_bin": 1, "num_leaves": 140, "min_data_in_leaf": 3}
    wide[:, 1:] = 0
    yield "many_thresholds", train(fine, wide, np.sin(40 * wide[:, 0]), rounds=3)
    tiny = x * np.array([1e-34, 1e300, 1e-310, 1.0, 1.0, 1.0])
    yield "tiny_and_huge", train({"objective": "regression"}, tiny, y)
    stop = lgb.early_stopping(2, verbose=False)
    data = lgb.Dataset(x[400:], (y > 1)[400:])
    stopped = train(
        {"objective": "binary", "learning_rate": 0.9, "metric": "binary_logloss"},
        x[:400], (y > 1)[:400], rounds=40, valid_sets=[data], callbacks=[stop],
    )
    assert stopped.current_iteration() < 40
    yield "early_stopped", stopped

    def two_outputs(scores, data):
        target = np.stack([y, -y], axis=1)
        return (scores - target), np.ones_like(scores)

    yield "custom_two_outputs", train({"objective": two_outputs, "num_class": 2}, x, y)


if __name__ == "__main__":
    if lgb.__version__.startswith("3."):
        random = np.random.default_rng(21)
        x = features(600, random)
        many = {"objective": "binary", "min_data_per_group": 5, "cat_smooth": 1}
        write("written_by_3", train(many, x, signal(x) > 1, categorical_feature=[4, 5]))
    else:
        for name, booster in cases():
            write(name, booster)
