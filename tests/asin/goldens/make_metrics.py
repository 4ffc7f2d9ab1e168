"""Makes the predictions in this folder and what scikit-learn says of them, for the tests to compare.

pip install scikit-learn==1.9.1 && python make_metrics.py
"""

import csv
import json
import pathlib
from statistics import fmean

import numpy as np
from sklearn import metrics

FOLDER = pathlib.Path(__file__).parent
KS = [1, 3, 5, 10, 50]
NAMES = ["group_id", "label", "lgbm_score", "positive", "probability", "number", "predicted"]


def rows(random):
    for group in range(12):
        # One group without anything relevant.
        labels = random.integers(0, 5, size=random.integers(2, 40)) * (group != 7)
        for label in labels:
            # Rounded, so that some are equal; the ranking's scores never are.
            probability = round(float(random.beta(2 + label, 4)), 2)
            number = float(random.gamma(2) * (1 + label))
            yield f"g{group}", int(label), float(random.normal(label, 2)), int(random.random() < 0.2 + 0.1 * label), probability, number, float(random.normal(number, 3))


def ranking(groups):
    """The means over the groups."""
    of = lambda measure: fmean(measure(*group) for group in groups)
    best = lambda scores, k: np.isin(np.arange(len(scores)), np.argsort(-scores)[:k])

    def compat(labels, scores, k):
        first = best(scores, k)
        # Of one alone scikit-learn has no NDCG.
        return metrics.ndcg_score([labels[first]], [scores[first]]) if first.sum() > 1 else float(labels[first][0] > 0)

    return {
        "map": of(lambda labels, scores: metrics.average_precision_score(labels > 0, scores) if any(labels > 0) else 0.0),
        "k": [
            {
                "k": k,
                "ndcg": of(lambda labels, scores: metrics.ndcg_score([2.0**labels - 1], [scores], k=k)),
                "ndcg_compat": of(lambda labels, scores: compat(labels, scores, k)),
                "recall": of(lambda labels, scores: metrics.recall_score(labels > 0, best(scores, k), zero_division=0)),
                # Of the first k, though the group may have fewer.
                "precision": of(
                    lambda labels, scores: metrics.precision_score(labels > 0, best(scores, k)) * min(k, len(labels)) / k
                ),
            }
            for k in KS
        ],
    }


def main():
    predictions = list(rows(np.random.default_rng(42)))
    with open(FOLDER / "metrics.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows(predictions)
    columns = dict(zip(NAMES, map(np.array, zip(*predictions))))
    keys, label, score = columns["group_id"], columns["label"], columns["lgbm_score"]
    positive, probability = columns["positive"], columns["probability"]
    called = probability >= 0.5
    number, predicted = columns["number"], columns["predicted"]
    mse = metrics.mean_squared_error(number, predicted)
    figures = {
        "ranking": ranking([(label[keys == key], score[keys == key]) for key in dict.fromkeys(keys)]),
        "binary": {
            "accuracy": metrics.accuracy_score(positive, called),
            "precision": metrics.precision_score(positive, called),
            "recall": metrics.recall_score(positive, called),
            "f1": metrics.f1_score(positive, called),
            "balanced_accuracy": metrics.balanced_accuracy_score(positive, called),
            "roc_auc": metrics.roc_auc_score(positive, probability),
            "log_loss": metrics.log_loss(positive, probability),
        },
        "regression": {
            "mse": mse,
            "rmse": mse**0.5,
            "mae": metrics.mean_absolute_error(number, predicted),
            "r2": metrics.r2_score(number, predicted),
        },
    }
    (FOLDER / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
