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


def rows(samples, split):
    part = samples[samples.split == split]
    vectors = [json.loads(text) for text in part.feature_vector]
    x = np.array([[vector.get(name, np.nan) for name in FEATURES] for vector in vectors], dtype=float)
    return part, x


def train(name, samples, label, parameters, rounds, patience, grouped=False):
    if not grouped:
        # As the rows stand without groups.
        samples = samples.sort_values(["asin", "t_ref"])
    (train_rows, x), (valid_rows, valid_x) = rows(samples, "train"), rows(samples, "valid")
    groups = lambda part: part.groupby("group_id", sort=True).size().to_list() if grouped else None
    data = lgb.Dataset(x, train_rows[label], group=groups(train_rows), feature_name=FEATURES)
    valid = lgb.Dataset(valid_x, valid_rows[label], group=groups(valid_rows), reference=data)
    stop = lgb.early_stopping(patience, verbose=False)
    booster = lgb.train(COMMON | parameters, data, rounds, valid_sets=[valid], callbacks=[stop])
    text = booster.model_to_string(num_iteration=booster.best_iteration)
    # What follows the trees is not compared.
    (FOLDER / f"{name}.txt").write_text(text[: text.index("end of trees")] + "end of trees\n")
    _, test_x = rows(samples.sort_values(["group_id", "asin"]), "test")
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
    train("regressor", samples, "sold", OTHERS | {"objective": "regression", "metric": "rmse"}, 25, 50)
