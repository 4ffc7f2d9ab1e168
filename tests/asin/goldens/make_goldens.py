"""Makes the models in this folder with LightGBM's own Python package, for the tests to train the same ones.

    pip install lightgbm==4.7.0 duckdb==2.0.0 pandas scikit-learn && python make_goldens.py
"""

import json
import pathlib

import duckdb
import lightgbm as lgb
import numpy as np

FOLDER = pathlib.Path(__file__).parent
# In the order in which they first appear.
FEATURES = ["f0", "whole", "f1"]
COMMON = {
    "seed": 42, "deterministic": True, "force_row_wise": True, "verbosity": -1, "num_threads": 1,
    "learning_rate": 0.05, "num_leaves": 63, "bagging_freq": 1, "bagging_fraction": 0.8, "lambda_l2": 1.0,
}
RANKER = {
    "objective": "lambdarank", "metric": "ndcg", "eval_at": [10, 20], "max_depth": -1, "min_data_in_leaf": 50,
    "feature_fraction": 0.9, "lambda_l1": 0.0,
}
OTHERS = {"max_depth": 6, "min_data_in_leaf": 20, "feature_fraction": 0.8}
# The same with those that are names.
WITH_NAMES = ["f0", "whole", "name", "f1", "kind"]
NAMES = ["name", "kind"]


def codes(samples):
    """The places of names among those of the rows to learn from, in alphabetical order; others are missing."""
    vectors = [json.loads(text) for text in samples.feature_vector]
    for name in NAMES:
        learnt = {vector[name] for vector, split in zip(vectors, samples.split) if split == "train" and name in vector}
        places = {value: place for place, value in enumerate(sorted(learnt))}
        for vector in vectors:
            vector[name] = places.get(vector.get(name), np.nan)
    return samples.assign(feature_vector=[json.dumps(vector) for vector in vectors])


def rows(samples, split, features):
    part = samples[samples.split == split]
    vectors = [json.loads(text) for text in part.feature_vector]
    x = np.array([[vector.get(name, np.nan) for name in features] for vector in vectors], dtype=float)
    return part, x


def train(name, samples, label, parameters, most_rounds, patience, grouped=False, features=FEATURES, names=()):
    if not grouped:
        # As the rows stand without groups.
        samples = samples.sort_values(["asin", "t_ref"])
    (train_rows, x), (valid_rows, valid_x) = rows(samples, "train", features), rows(samples, "valid", features)
    groups = lambda part: part.groupby("group_id", sort=True).size().to_list() if grouped else None
    places = [features.index(name) for name in names]
    data = lgb.Dataset(
        x, train_rows[label], group=groups(train_rows), feature_name=features, categorical_feature=places
    )
    valid = lgb.Dataset(valid_x, valid_rows[label], group=groups(valid_rows), reference=data)
    stop = lgb.early_stopping(patience, verbose=False)
    booster = lgb.train(COMMON | parameters, data, most_rounds, valid_sets=[valid], callbacks=[stop])
    text = booster.model_to_string(num_iteration=booster.best_iteration)
    # What follows the trees is not compared.
    (FOLDER / f"{name}.txt").write_text(text[: text.index("end of trees")] + "end of trees\n")
    _, test_x = rows(samples.sort_values(["group_id", "asin"]), "test", features)
    predictions = booster.predict(test_x, num_iteration=booster.best_iteration)
    (FOLDER / f"{name}.predictions").write_text("".join(f"{float(value)!r}\n" for value in predictions))
    print(name, booster.best_iteration)


if __name__ == "__main__":
    samples = duckdb.sql((FOLDER / "samples.sql").read_text()).df()
    train("ranker", samples, "relevance", RANKER, 2000, 100, grouped=True)
    positive = int((samples[samples.split == "train"].taken_off > 0).sum())
    negative = int((samples.split == "train").sum()) - positive
    binary = {"objective": "binary", "metric": ["binary_logloss", "auc"], "scale_pos_weight": negative / positive}
    train("classifier", samples, "taken_off", OTHERS | binary, 25, 50)
    squares = OTHERS | {"objective": "regression", "metric": "rmse"}
    train("regressor", samples, "sold", squares, 25, 50)
    named = codes(duckdb.sql((FOLDER / "categories.sql").read_text()).df())
    train("categories", named, "sold", squares, 25, 50, features=WITH_NAMES, names=NAMES)
