"""Predictions of a LightGBM model: a ranker's size, 500 trees of 63 leaves over 40 features.

Timed: from features in memory to an array of predictions. Ours come from a DuckDB table with a list
per row, and the model is text that the query parses. LightGBM takes a NumPy matrix of doubles, and its
model is loaded before the clock starts.
"""

from collections.abc import Callable

import lightgbm
import numpy

from .harness import Context

NAME = "`lgbm_predict`, 1 M rows × 40 features, 500 trees"
GOAL = {"LightGBM": 1.0}

ROWS = 1_000_000
TRAINING_ROWS = 100_000
FEATURES = 40
TREES = 500

OURS = "select lgbm_predict((select text from model), features) as prediction from t"


def features(rows: int, random: numpy.random.Generator) -> numpy.ndarray:
    """Continuous ones and a few small whole numbers; one value in twenty is missing."""
    x = random.normal(size=(rows, FEATURES))
    x[:, 30:35] = numpy.round(x[:, 30:35] * 3)
    x[random.random(x.shape) < 0.05] = numpy.nan
    return x


def train(rows: int, random: numpy.random.Generator) -> str:
    x = features(rows, random)
    z = numpy.nan_to_num(x)
    y = z @ random.normal(size=FEATURES) + 2 * numpy.sin(3 * z[:, 0]) + z[:, 1] * z[:, 2] + random.normal(size=rows)
    parameters = {"objective": "regression", "num_leaves": 63, "learning_rate": 0.05, "verbose": -1}
    return lightgbm.train(parameters, lightgbm.Dataset(x, y), TREES).model_to_string()


def prepare(ctx: Context) -> None:
    random = numpy.random.default_rng(1)
    text = train(TRAINING_ROWS, random)
    ctx.booster = lightgbm.Booster(model_str=text)
    ctx.matrix = features(ctx.rows(ROWS), random)
    ctx.connection = ctx.connect()
    ctx.connection.execute("create table model as select ? as text", [text])
    columns = {f"f{at}": numpy.ascontiguousarray(ctx.matrix[:, at]) for at in range(FEATURES)}
    ctx.connection.register("columns", columns)
    ctx.connection.execute(f"create table t as select [{', '.join(columns)}] as features from columns")
    ctx.connection.unregister("columns")


def contestants(ctx: Context) -> dict[str, Callable[[], numpy.ndarray]]:
    return {
        "aim_ext": lambda: ctx.connection.execute(OURS).fetchnumpy()["prediction"],
        "LightGBM": lambda: ctx.booster.predict(ctx.matrix, num_threads=ctx.threads),
    }


def check(ctx: Context) -> None:
    ours, theirs = (predict() for predict in contestants(ctx).values())
    ours = numpy.ma.filled(ours, numpy.nan)
    differing = int((ours.view(numpy.uint64) != theirs.view(numpy.uint64)).sum())
    assert len(ours) == len(theirs) and differing == 0, f"{differing} predictions differ in their bits"
