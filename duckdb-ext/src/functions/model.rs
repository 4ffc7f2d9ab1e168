//! LightGBM models in SQL. The model is an argument: the text that LightGBM saves.

mod arguments;
mod rows;

use crate::ffi::{Arg, Args, Error, Nulls, Out, Scalar, Type};
use arguments::{Columns, Features, List, Options};
use rows::{check_count, each_model, each_prediction};

const LIST: Type = Type::List(&Type::Double);
const MODEL: Arg = ("model", Type::Varchar);
const FEATURES: Arg = ("features", LIST);
const COLUMNS: Arg = ("features", Type::Many(&Type::Double));
const KIND: Arg = ("kind", Type::Varchar);
const START: Arg = ("start", Type::BigInt);
const ITERATIONS: Arg = ("iterations", Type::BigInt);

/// A model that is one leaf, for examples that a user can type: its predictions are 0.5.
macro_rules! small_model {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            r"e'tree\nnum_class=1\nmax_feature_idx=1\nfeature_names=price age\nTree=0\n",
            r"num_leaves=1\nnum_cat=0\nleaf_value=0.5\nend of trees'",
            $after
        )
    };
}

pub(super) static SCALARS: &[Scalar] = &[
    Scalar {
        name: "lgbm_predict",
        args: &[MODEL, FEATURES],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: predict,
        help: "What a LightGBM model predicts for a list of features; one that is NULL is missing",
        example: small_model!("lgbm_predict(", ", [1.5, null])"),
    },
    Scalar {
        name: "lgbm_predict",
        args: &[MODEL, FEATURES, KIND],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: predict,
        help: "The same; kind 'value' (NULL) or 'raw', the sum over the trees",
        example: small_model!("lgbm_predict(", ", [1.5, null], 'raw')"),
    },
    Scalar {
        name: "lgbm_predict",
        args: &[MODEL, FEATURES, KIND, START, ITERATIONS],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: predict,
        help: "The same from so many iterations (NULL: all), after leaving out the first start",
        example: small_model!("lgbm_predict(", ", [1.5, null], 'value', 0, 1)"),
    },
    Scalar {
        name: "lgbm_predict",
        args: &[MODEL, COLUMNS],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: predict_columns,
        help: "The same for features that are arguments of their own",
        example: small_model!("lgbm_predict(", ", 1.5, null)"),
    },
    Scalar {
        name: "lgbm_predict_classes",
        args: &[MODEL, FEATURES],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: predict_classes,
        help: "What a LightGBM model of several classes predicts for each of them",
        example: small_model!("lgbm_predict_classes(", ", [1.5, null])"),
    },
    Scalar {
        name: "lgbm_predict_classes",
        args: &[MODEL, FEATURES, KIND],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: predict_classes,
        help: "The same; kind 'value' (NULL) or 'raw', the sums over the trees",
        example: small_model!("lgbm_predict_classes(", ", [1.5, null], 'raw')"),
    },
    Scalar {
        name: "lgbm_predict_classes",
        args: &[MODEL, FEATURES, KIND, START, ITERATIONS],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: predict_classes,
        help: "The same from so many iterations (NULL: all), after leaving out the first start",
        example: small_model!("lgbm_predict_classes(", ", [1.5, null], 'value', 0, 1)"),
    },
    Scalar {
        name: "lgbm_predict_classes",
        args: &[MODEL, COLUMNS],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: predict_classes_columns,
        help: "The same for features that are arguments of their own",
        example: small_model!("lgbm_predict_classes(", ", 1.5, null)"),
    },
    Scalar {
        name: "lgbm_contributions",
        args: &[MODEL, FEATURES],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: contributions,
        help: "How much each feature adds to the raw score (SHAP values), and behind them the mean",
        example: small_model!("lgbm_contributions(", ", [1.5, null])"),
    },
    Scalar {
        name: "lgbm_contributions",
        args: &[MODEL, COLUMNS],
        returns: LIST,
        nulls: Nulls::Passed,
        eval: contributions_columns,
        help: "The same for features that are arguments of their own",
        example: small_model!("lgbm_contributions(", ", 1.5, null)"),
    },
    Scalar {
        name: "lgbm_features",
        args: &[MODEL],
        returns: Type::List(&Type::Varchar),
        nulls: Nulls::Propagate,
        eval: features,
        help: "The names of a LightGBM model's features, in the order that it takes them in",
        example: small_model!("lgbm_features(", ")"),
    },
];

/// `lgbm_predict(model, features [, kind [, start, iterations]])`: NULL for a NULL model or list.
fn predict(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    one(args, out, &List::new(args)?, &Options::new(args)?)
}

/// `lgbm_predict(model, feature, …)`.
fn predict_columns(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    one(args, out, &Columns::new(args)?, &Options::default())
}

/// `lgbm_predict_classes(model, features [, kind [, start, iterations]])`: as many values as the model
/// has classes, one for a model without; NULL as for `lgbm_predict`.
fn predict_classes(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    all(args, out, &List::new(args)?, &Options::new(args)?)
}

/// `lgbm_predict_classes(model, feature, …)`.
fn predict_classes_columns(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    all(args, out, &Columns::new(args)?, &Options::default())
}

/// `lgbm_contributions(model, features)`.
fn contributions(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    explain(args, out, &List::new(args)?)
}

/// `lgbm_contributions(model, feature, …)`.
fn contributions_columns(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    explain(args, out, &Columns::new(args)?)
}

/// `lgbm_features(model)`.
fn features(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    each_model(args, |mut rows, model| {
        rows.try_for_each(|row| {
            let Some(model) = model else {
                out.set_null(row);
                return Ok(());
            };
            let mut names = out.append_list(row, model.features().len())?;
            let mut features = model.features().iter().enumerate();
            features.try_for_each(|(at, name)| names.set_text(at, Some(name)))
        })
    })
}

/// Predictions that are one value.
fn one(
    args: &Args<'_>,
    out: &mut Out<'_>,
    features: &impl Features,
    options: &Options<'_>,
) -> Result<(), Error> {
    each_prediction(args, features, options, |row, prediction| match prediction {
        None => {
            out.set_null(row);
            Ok(())
        }
        Some([value]) => out.set_double(row, Some(*value)),
        Some(values) => {
            let classes = values.len();
            let problem = format!("the model has {classes} classes; use lgbm_predict_classes");
            Err(Error::argument(problem))
        }
    })
}

/// Predictions as lists.
fn all(
    args: &Args<'_>,
    out: &mut Out<'_>,
    features: &impl Features,
    options: &Options<'_>,
) -> Result<(), Error> {
    each_prediction(args, features, options, |row, prediction| put_list(out, row, prediction))
}

/// Contributions, as lists.
fn explain(args: &Args<'_>, out: &mut Out<'_>, features: &impl Features) -> Result<(), Error> {
    each_model(args, |mut rows, model| {
        rows.try_for_each(|row| {
            let Some((model, count)) = model.zip(features.count(row)) else {
                return put_list(out, row, None);
            };
            check_count(count, model)?;
            let contributions = model
                .contributions(|feature| features.get(row, feature))
                .map_err(|problem| Error::argument(problem.to_string()))?;
            put_list(out, row, Some(&contributions))
        })
    })
}

fn put_list(out: &mut Out<'_>, row: usize, list: Option<&[f64]>) -> Result<(), Error> {
    let Some(list) = list else {
        out.set_null(row);
        return Ok(());
    };
    let mut elements = out.append_list(row, list.len())?;
    list.iter().enumerate().try_for_each(|(at, value)| elements.set_double(at, Some(*value)))
}
