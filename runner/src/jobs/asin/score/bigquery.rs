//! The same scores as GoogleSQL: what the extension's functions know is written into the statement.

use crate::jobs::asin::frame::Source;
use crate::jobs::asin::{Choices, Scope, Settings};
use crate::warehouse::template::{Dialect, Statement, render_for};
use aim_ext::core::composite::Weights;
use aim_ext::core::json::write_string;
use aim_ext::core::robust::{AAD_TO_SIGMA, MAD_TO_SIGMA, ZERO_MAD_EPSILON, ZScoreOptions};
use minijinja::{Value, context};

/// Terms of a score are multiplied by it before they are added, and divided afterwards: a power of two, so that
/// nothing is rounded, and small enough for a thousand of them.
const SMALL: f64 = 1.0 / 1024.0;

/// The query for the scores of `source`, which is a table of BigQuery.
///
/// # Errors
///
/// Weights and options that the extension refuses as well.
pub fn query(
    settings: &Settings,
    choices: Choices,
    source: &Source,
    scope: &Scope,
) -> anyhow::Result<Statement> {
    let scoring = &settings.scoring;
    let weights = Weights::new(settings.weights().map(|(metric, weight)| (metric, Some(weight))))?;
    let options = ZScoreOptions::new(Some(scoring.z_scale), scoring.z_clip, None)?;
    let metrics = weights.metrics().iter().zip(weights.values()).enumerate();
    let metrics: Vec<Value> = metrics
        .map(|(at, (metric, weight))| {
            let mut name = String::new();
            write_string(&mut name, metric);
            let (column, weight) = (format!("x_{}", at + 1), number(*weight));
            context! { metric, weight, column, name }
        })
        .collect();
    let zero_mad = context! {
        median => number(MAD_TO_SIGMA),
        mean => number(AAD_TO_SIGMA),
        epsilon => number(ZERO_MAD_EPSILON),
    };
    render_for(
        Dialect::BigQuery,
        "asin/score_in_bigquery.sql",
        context! {
            source,
            types => source.types(),
            scope => scope.parameters(),
            weights => metrics,
            head => weights.head(),
            zero_mad,
            z_scale => number(options.scale),
            z_clip => options.clip.map(number),
            rank_min => scoring.rank_min,
            small => number(SMALL),
            choices,
        },
    )
}

/// A literal that is read as the same double: one without an exponent may be taken for a decimal.
fn number(number: f64) -> Value {
    Value::from_safe_string(format!("{number:e}"))
}
