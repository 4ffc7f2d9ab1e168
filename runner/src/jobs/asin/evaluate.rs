//! Evaluation: how good predictions are, now that it is known what came.

use super::frame::{Source, Workspace, check_cells};
use super::samples::place;
use super::{Asin, files};
use crate::warehouse::template::{Statement, quote_identifier, quote_literal, render};
use anyhow::bail;
use minijinja::context;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The order in groups.
    Ranking,
    /// Probabilities of 1.
    Binary,
    /// Numbers.
    Regression,
}

/// Predictions and how to judge them.
#[derive(Debug, Clone)]
pub struct Request {
    /// The predictions.
    pub predictions: PathBuf,
    /// What is judged.
    pub kind: Kind,
    /// The column of groups.
    pub group: String,
    /// The column of predictions.
    pub score: String,
    /// The column of what came.
    pub label: String,
    /// Another column of predictions to compare with, of rankings.
    pub baseline: Option<String>,
    /// The places that count, of rankings.
    pub ks: Vec<u32>,
    /// Rows of this part only.
    pub split: Option<String>,
    /// Whether of equal scores the worst label goes first, or the first row.
    pub worst_first: bool,
    /// From where on a probability counts as 1.
    pub threshold: f64,
    /// A file for the metrics.
    pub output: Option<PathBuf>,
}

/// Computes the metrics: of a ranking an array with an object for each k, else an object.
///
/// Groups count the same whatever their size; rows without a group are left out, missing scores rank last.
///
/// # Errors
///
/// Columns that are missing, labels that are missing or no number.
pub fn run(job: &Asin, request: &Request) -> anyhow::Result<Value> {
    let workspace = Workspace::open(job, true)?;
    let order = Statement::new("order", "set preserve_insertion_order = true");
    workspace.db().transaction(&[order])?;
    let source = workspace.source(Some(&request.predictions), "")?;
    let mut needed = vec![&*request.score, &*request.label];
    needed.extend(request.baseline.as_deref());
    check_cells(&workspace, &source, &needed, &[], &[])?;
    if request.kind == Kind::Ranking {
        needed.push(&request.group);
    }
    let mut condition = "true".to_owned();
    if let Some(split) = &request.split {
        needed.push("split");
        condition = format!("split = {}", quote_literal(split));
    }
    source.require(&needed)?;
    check_labels(&workspace, &source, request, &condition)?;
    let template = match request.kind {
        Kind::Ranking => "asin/evaluate/ranking.sql",
        Kind::Binary => "asin/evaluate/binary.sql",
        Kind::Regression => "asin/evaluate/regression.sql",
    };
    let query = render(
        template,
        context! {
            source => &source,
            condition,
            label => &request.label,
            score => &request.score,
            group => &request.group,
            baseline => &request.baseline,
            ks => &request.ks,
            ties => if request.worst_first { "worst" } else { "order" },
            order => if request.worst_first { "" } else { " order by place" },
            threshold => request.threshold,
            choices => job.choices,
        },
    )?;
    let row = workspace.db().rows(&query)?.into_iter().next().unwrap_or_default();
    let cells: Vec<Value> = row.iter().map(|cell| number(cell.as_deref())).collect();
    let metrics = match request.kind {
        Kind::Ranking => ranking(job, request, &cells),
        Kind::Binary => {
            let names = [
                "rows",
                "accuracy",
                "precision",
                "recall",
                "f1",
                "balanced_accuracy",
                "roc_auc",
                "log_loss",
            ];
            object(&names, &cells)
        }
        Kind::Regression => object(&["rows", "mse", "rmse", "mae", "r2"], &cells),
    };
    if let Some(file) = &request.output {
        files::write(file, metrics.to_string().as_bytes())?;
    }
    Ok(metrics)
}

fn check_labels(
    workspace: &Workspace,
    source: &Source,
    request: &Request,
    condition: &str,
) -> anyhow::Result<()> {
    let label = quote_identifier(&request.label);
    let bad = match request.kind {
        Kind::Binary => format!("not coalesce({label}::double in (0, 1), false)"),
        _ => format!("not coalesce(isfinite({label}::double), false)"),
    };
    let bad = match request.kind {
        Kind::Ranking => bad,
        _ => format!(
            "{bad} or not coalesce(isfinite({}::double), false)",
            quote_identifier(&request.score)
        ),
    };
    let query = render(
        "asin/samples/refused.sql",
        context! { source, place => place(source), condition, column => &request.label, bad },
    )?;
    if let Some([Some(count), Some(key), value]) =
        workspace.db().rows(&query)?.first().map(|row| &row[..])
    {
        bail!(
            "{}: {count} rows have a label or prediction that cannot be judged; leave them out (the first is \
             {key}, with the label {})",
            source.name(),
            value.as_deref().unwrap_or("missing")
        );
    }
    Ok(())
}

/// An object for each k. Where results are to be those of the pipeline before, they have its names only.
fn ranking(job: &Asin, request: &Request, cells: &[Value]) -> Value {
    const BEFORE_K: usize = 3;
    const PER_K: usize = 5;
    let cell = |at: usize| cells.get(at).cloned().unwrap_or_default();
    let of_k = |(at, k): (usize, &u32)| {
        let first = BEFORE_K + at * PER_K;
        let mut object = Map::new();
        let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
        put("k", (*k).into());
        if job.choices.ideal_of_the_group {
            put("ndcg", cell(first));
            put("recall", cell(first + 2));
            put("ndcg_compat", cell(first + 1));
            put("recall_compat", cell(first + 3));
            put("map", cell(1));
            put("groups", count(&cell(0)));
        } else {
            put("ndcg", cell(first + 1));
            put("recall", cell(first + 3));
        }
        if request.baseline.is_some() {
            put("baseline_recall", cell(first + 4));
            let lift = cell(first + 2).as_f64().zip(cell(first + 4).as_f64());
            put("lift", lift.map_or(Value::Null, |(recall, baseline)| (recall - baseline).into()));
            put("baseline_map", cell(2));
        }
        Value::from(object)
    };
    request.ks.iter().enumerate().map(of_k).collect()
}

/// The first is a count.
fn object(names: &[&str], cells: &[Value]) -> Value {
    let mut object: Map<String, Value> =
        names.iter().map(|name| (*name).to_owned()).zip(cells.iter().cloned()).collect();
    if let Some(first) = object.values_mut().next() {
        *first = count(first);
    }
    object.into()
}

fn count(value: &Value) -> Value {
    value.as_f64().map_or(Value::Null, |value| (value as u64).into())
}

/// To ten decimals.
fn number(cell: Option<&str>) -> Value {
    let value = cell.and_then(|cell| cell.parse::<f64>().ok());
    value.map_or(Value::Null, |value| ((value * 1e10).round() / 1e10).into())
}
