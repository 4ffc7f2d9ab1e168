//! Training: samples → a LightGBM model, with what must be known about it beside it.

mod learner;
mod outputs;

pub use learner::Learner;
pub(super) use learner::{EARLY_STOPPING, Plan};
pub use outputs::{Outputs, registration};
pub(super) use outputs::{beside, sha256};

use super::Asin;
use super::frame::Workspace;
use super::samples::{Categories, Input, Rows, Samples, Target};
use crate::lightgbm::{Dataset, LightGbm, Metric, Parameters, Stopping, Table, Trained, train};
use crate::warehouse::template::render;
use anyhow::{Context as _, bail};
use minijinja::context;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// What to train, on what.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which kind of model.
    pub learner: Learner,
    /// The samples; absent, the job's table of that kind.
    pub data: Option<PathBuf>,
    /// The features; empty for all.
    pub features: Vec<String>,
    /// The column to learn; absent, `relevance` for rankers where there is one, else `y`.
    pub label: Option<String>,
    /// The column of groups, for rankers.
    pub group: String,
    /// A column that says how much each row counts.
    pub weight: Option<String>,
    /// Parameters for LightGBM on top of the learner's own.
    pub parameters: Vec<(String, String)>,
    /// The most rounds; absent, the learner's own number.
    pub rounds: Option<usize>,
    /// Stop after so many rounds without improvement; absent, the learner's own number.
    pub patience: Option<usize>,
    /// LightGBM's library; absent, where it usually is.
    pub library: Option<PathBuf>,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Report {
    /// Where the model is.
    pub model: PathBuf,
    /// Features.
    pub features: usize,
    /// What is no feature, being no number: the first value of each.
    pub left_out: Vec<String>,
    /// Rows that were learnt from, and rows to stop by.
    pub rows: [usize; 2],
    /// Groups of both; 0 unless it is a ranker.
    pub groups: [usize; 2],
    /// Rounds that are kept, and rounds there were.
    pub rounds: [usize; 2],
    /// What was measured on the rows to stop by, after the rounds that are kept.
    pub metrics: Vec<Metric>,
}

/// Samples in LightGBM's form.
pub(super) struct Prepared {
    pub(super) training: Rows,
    pub(super) validation: Rows,
    pub(super) names: Vec<String>,
    /// The features in the same order, with what is known of their names.
    pub(super) inputs: Vec<Input>,
    pub(super) label: String,
    pub(super) left_out: Vec<String>,
}

/// Trains a model and writes it with its signature, metrics and importances; notes the run.
///
/// Rows of the part `train` are learnt from, those of `valid` say when to stop; purged rows are left out. The
/// same rows give the same model. Features in `training.categorical_features` are names; LightGBM gets their places
/// among those of the rows to learn from, in alphabetical order, which the signature keeps.
///
/// # Errors
///
/// Rows or columns that cannot be learnt from, parameters that LightGBM refuses, a library that is not there;
/// then nothing is written.
pub fn run(job: &Asin, request: &Request, outputs: &Outputs) -> anyhow::Result<Report> {
    let lightgbm = LightGbm::open(request.library.as_deref())?;
    let workspace = Workspace::open(job, request.data.is_some())?;
    let prepared = prepare(job, &workspace, request)?;
    let mut plan = Plan::of(request.learner);
    plan.weigh_classes(&prepared.training.labels);
    plan.threads(job.config.threads);
    for (name, value) in &request.parameters {
        plan.set(&lightgbm.parameter(name)?, value)?;
    }
    plan.rounds = request.rounds.unwrap_or(plan.rounds);
    plan.patience = request.patience.unwrap_or(plan.patience);
    let [training, validation] = datasets(lightgbm, &prepared, &plan.parameters)?;
    let stopping =
        Stopping { rounds: plan.rounds, patience: plan.patience, report_every: plan.report_every };
    let mut history = Vec::new();
    let trained =
        train(lightgbm, &training, Some(&validation), &plan.parameters, stopping, |round| {
            if !round.training.is_empty() {
                tracing::info!("Round {}: {}", round.number, metrics_text(&round.validation));
                history.push(round.clone());
            }
            Ok(ControlFlow::Continue(()))
        })?;
    let report = report(&prepared, &trained, outputs.model.clone());
    outputs.write(job, request, &plan, &prepared, &trained, &history)?;
    Ok(report)
}

fn report(prepared: &Prepared, trained: &Trained<'_>, model: PathBuf) -> Report {
    let groups = |rows: &Rows| rows.groups.as_ref().map_or(0, Vec::len);
    Report {
        model,
        features: prepared.names.len(),
        left_out: prepared.left_out.clone(),
        rows: [prepared.training.labels.len(), prepared.validation.labels.len()],
        groups: [groups(&prepared.training), groups(&prepared.validation)],
        rounds: [trained.best_round, trained.rounds],
        metrics: trained.best.clone(),
    }
}

pub(super) fn metrics_text(metrics: &[Metric]) -> String {
    let text = |metric: &Metric| format!("{} {:.6}", metric.name, metric.value);
    metrics.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Reads the two parts, and refuses what cannot be learnt from.
pub(super) fn prepare(
    job: &Asin,
    workspace: &Workspace,
    request: &Request,
) -> anyhow::Result<Prepared> {
    let learner = request.learner;
    let source = workspace.source(request.data.as_deref(), learner.table())?;
    let label = match &request.label {
        Some(label) => label.clone(),
        None if learner == Learner::Ranker && source.has("relevance") => "relevance".to_owned(),
        None => "y".to_owned(),
    };
    let group = (learner == Learner::Ranker).then_some(&*request.group);
    let mut needed = vec![&*label, "split"];
    needed.extend(group);
    needed.extend(request.weight.as_deref());
    source.require(&needed)?;
    let purged = source.has("purged");
    check_parts(workspace, &source, purged)?;
    let condition = |part: &str| {
        let kept = if purged { " and not coalesce(purged::boolean, false)" } else { "" };
        format!("split = '{part}'{kept}")
    };
    let categorical = &job.settings.training.categorical_features;
    let unknown: Categories = categorical.iter().map(|name| (name.clone(), Vec::new())).collect();
    let mut samples = Samples::open(workspace, source, &request.features, &needed, &unknown)?;
    samples.learn_categories(&condition("train"))?;
    let used = "split in ('train', 'valid')";
    let name = crate::warehouse::template::quote_identifier;
    samples.refuse(
        used,
        &label,
        &format!("not coalesce(isfinite(try_cast({} as double)), false)", name(&label)),
        "and a label must be a number",
    )?;
    if let Some((bad, why)) = learner.bad_labels(&name(&label)) {
        samples.refuse(used, &label, &bad, why)?;
    }
    if let Some(group) = group {
        samples.refuse(
            used,
            group,
            &format!("{} is null", name(group)),
            "and a ranker needs groups",
        )?;
    }
    if let Some(weight) = &request.weight {
        let bad = format!(
            "not coalesce(try_cast({0} as double) between 0 and 1e30, false)",
            name(weight)
        );
        samples.refuse(used, weight, &bad, "and a weight must be a number from 0")?;
    }
    let target = Target { label: &label, weight: request.weight.as_deref(), group };
    let training = samples.read(&condition("train"), target)?;
    let validation = samples.read(&condition("valid"), target)?;
    let names = samples.inputs.iter().map(|input| input.name.clone()).collect();
    let (inputs, left_out) = (samples.inputs, samples.left_out);
    Ok(Prepared { training, validation, names, inputs, label, left_out })
}

/// Refuses samples without rows to learn from or to stop by.
fn check_parts(
    workspace: &Workspace,
    source: &super::frame::Source,
    purged: bool,
) -> anyhow::Result<()> {
    let query = render("asin/samples/parts.sql", context! { source, purged })?;
    let rows = workspace.db().rows(&query)?;
    for part in ["train", "valid"] {
        let row =
            rows.iter().find(|row| row.first().is_some_and(|name| name.as_deref() == Some(part)));
        let count = |at: usize| -> u64 {
            let cell = row.and_then(|row| row.get(at)).and_then(Option::as_deref);
            cell.and_then(|cell| cell.parse().ok()).unwrap_or_default()
        };
        let (all, aside) = (count(1), count(2));
        if all == 0 {
            bail!("{} has no rows of the part {part}; label more days", source.name());
        }
        if all == aside {
            bail!(
                "{}: all {all} rows of the part {part} are purged, because their future reaches into the next \
                 part; label more days, with a shorter horizon, or with training.splits.purge: false",
                source.name()
            );
        }
    }
    Ok(())
}

/// Bins both parts.
pub(super) fn datasets(
    lightgbm: LightGbm,
    prepared: &Prepared,
    parameters: &Parameters,
) -> anyhow::Result<[Dataset; 2]> {
    let table = |rows: &'_ Rows| -> anyhow::Result<()> {
        (!rows.labels.is_empty()).then_some(()).context("A part has no rows")
    };
    table(&prepared.training)?;
    table(&prepared.validation)?;
    let categorical = prepared.categorical();
    let training = as_table(prepared, &categorical, &prepared.training);
    let training = Dataset::new(lightgbm, &training, parameters, None)?;
    let validation = as_table(prepared, &categorical, &prepared.validation);
    let validation = Dataset::new(lightgbm, &validation, parameters, Some(&training))?;
    Ok([training, validation])
}

impl Prepared {
    /// The places of the features that are names.
    pub(super) fn categorical(&self) -> Vec<usize> {
        let inputs = self.inputs.iter().enumerate();
        inputs.filter(|(_, input)| input.categories.is_some()).map(|(at, _)| at).collect()
    }
}

fn as_table<'a>(prepared: &'a Prepared, categorical: &'a [usize], rows: &'a Rows) -> Table<'a> {
    Table {
        names: &prepared.names,
        categorical,
        values: &rows.values,
        labels: &rows.labels,
        weights: rows.weights.as_deref(),
        groups: rows.groups.as_deref(),
    }
}
