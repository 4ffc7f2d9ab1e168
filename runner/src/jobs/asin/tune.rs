//! The search for a ranker's parameters: tree-structured Parzen estimators propose, each trial trains, the
//! study remembers. A study that was interrupted goes on where it was and ends as if nothing had been.

mod space;
mod study;

pub use study::{State, Study, Trial};

use super::frame::Workspace;
use super::train::{self, EARLY_STOPPING, Learner, Plan, Request};
use super::{Asin, files};
use crate::lightgbm::{LightGbm, Stopping};
use anyhow::bail;
use serde_json::json;
use space::Space;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The metric that is made as large as possible, on the rows to stop by.
const METRIC: &str = "ndcg@20";

/// After so many rounds, and again and again, a trial is compared with the others.
const PRUNE_EVERY: usize = 50;

/// So many trials must have come as far before one is given up.
const PRUNE_AFTER: usize = 5;

/// What to search, and for how long.
#[derive(Debug, Clone)]
pub struct Search {
    /// The data, as for training.
    pub request: Request,
    /// How many trials the study shall have, those of earlier calls included.
    pub trials: usize,
    /// No trial begins after so long.
    pub timeout: Option<Duration>,
    /// Of the proposals.
    pub seed: u64,
    /// The folder of the study.
    pub folder: PathBuf,
    /// Its name, and its file's.
    pub name: String,
}

/// Runs trials until the study has as many as asked for; answers the study.
///
/// Each trial is noted in `<name>.json` when it ends; `best_params.json` holds the parameters of the best one, for
/// `train --params`.
///
/// # Errors
///
/// Those of training; a study of the same name about other samples.
pub fn run(job: &Asin, search: &Search) -> anyhow::Result<Study> {
    let lightgbm = LightGbm::open(search.request.library.as_deref())?;
    let workspace = Workspace::open(job, search.request.data.is_some())?;
    let prepared = train::prepare(job, &workspace, &search.request)?;
    let mut plan = Plan::of(Learner::Ranker);
    plan.threads(job.config.threads);
    // The rows are binned once for all trials, before it is known how small a leaf may be.
    plan.parameters.set("feature_pre_filter", false);
    let mut about = json!({
        "rows": [prepared.training.labels.len(), prepared.validation.labels.len()],
        "features": prepared.names,
        "label": prepared.label,
        "metric": METRIC,
        "seed": search.seed,
    });
    if !prepared.categorical().is_empty() {
        about["categorical"] = json!(prepared.categorical());
    }
    let file = search.folder.join(format!("{}.json", search.name));
    let mut study = Study::open(&file, &search.name, &about)?;
    let mut space = Space::new(search.seed)?;
    for trial in &study.trials {
        space.tell(trial)?;
    }
    let [training, validation] = train::datasets(lightgbm, &prepared, &plan.parameters)?;
    let rounds = search.request.rounds.unwrap_or(plan.rounds);
    let patience = search.request.patience.unwrap_or(EARLY_STOPPING);
    let stopping = Stopping { rounds, patience, report_every: 0 };
    let begun = Instant::now();
    while study.trials.len() < search.trials {
        if search.timeout.is_some_and(|timeout| begun.elapsed() >= timeout) {
            tracing::warn!("The time is up after {} trials", study.trials.len());
            break;
        }
        let number = study.trials.len();
        let proposal = space.ask(number)?;
        let mut parameters = plan.parameters.clone();
        for (name, value) in &proposal {
            parameters.set(name, value);
        }
        let mut trial = Trial::new(number, proposal);
        let trained = crate::lightgbm::train(
            lightgbm,
            &training,
            Some(&validation),
            &parameters,
            stopping,
            |round| {
                let value = round.validation.iter().find(|metric| metric.name == METRIC);
                let Some(value) = value else {
                    bail!("LightGBM does not measure {METRIC}");
                };
                trial.value = trial.value.max(value.value);
                if round.number.is_multiple_of(PRUNE_EVERY) {
                    trial.steps.push(trial.value);
                    if study.is_behind(&trial, PRUNE_AFTER) {
                        trial.state = State::Pruned;
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        trial.rounds = trained.best_round;
        if trial.state == State::Complete {
            // At the round that would be kept, which another metric may have decided.
            let kept = trained.best.iter().find(|metric| metric.name == METRIC);
            trial.value = kept.map_or(trial.value, |metric| metric.value);
        }
        space.tell(&trial)?;
        tracing::info!("Trial {number}: {METRIC} {:.6} ({})", trial.value, trial.state.name());
        study.trials.push(trial);
        study.write(&file)?;
    }
    if let Some(best) = study.best() {
        let text = serde_json::to_string_pretty(&best.params)?;
        files::write(&search.folder.join("best_params.json"), text.as_bytes())?;
        let metrics = json!({ "best_value": best.value, "trials": study.trials.len() });
        let text = serde_json::to_string_pretty(&metrics)?;
        files::write(&search.folder.join("study_metrics.json"), text.as_bytes())?;
    }
    Ok(study)
}
