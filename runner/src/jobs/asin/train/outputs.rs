//! What a training leaves behind: the model, beside it what it takes and how good it is, and a note of the run.

use super::super::registry::Registration;
use super::super::samples::Input;
use super::super::{Asin, files};
use super::{Learner, Plan, Prepared, Request};
use crate::lightgbm::{Importance, Metric, Round, Trained};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where a model goes, and under which name its run is noted.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// LightGBM's text. Signature, metrics and importances stand beside it.
    pub model: PathBuf,
    /// The folder of the runs.
    pub runs: PathBuf,
    /// What the run belongs to.
    pub experiment: String,
    /// The run's own name.
    pub run_name: String,
}

impl Outputs {
    /// Where the models of a kind go unless told: below the job's folder.
    pub fn of(job: &Asin, learner: Learner) -> Self {
        let root = job.store.root();
        let model = match learner {
            Learner::Ranker => root.join(&job.settings.scoring.model_path),
            Learner::Classifier => root.join("artifacts/cls/model.txt"),
            Learner::Regressor => root.join("artifacts/reg/model.txt"),
        };
        Self {
            model,
            runs: root.join("runs"),
            experiment: learner.experiment().to_owned(),
            run_name: job.clock.run_id(),
        }
    }

    /// The model is written last: where it is, what goes with it is there too.
    pub(super) fn write(
        &self,
        job: &Asin,
        request: &Request,
        plan: &Plan,
        prepared: &Prepared,
        trained: &Trained<'_>,
        history: &[Round],
    ) -> anyhow::Result<()> {
        let text = trained.booster.to_text(trained.best_round)?;
        let signature = signature(job, request, prepared, trained, &text);
        let signature = serde_json::to_string_pretty(&signature)?;
        let metrics = json!({
            "best_round": trained.best_round,
            "rounds": trained.rounds,
            "validation": as_object(&trained.best),
        });
        let importances = importances(prepared, trained)?;
        let run = self.runs.join(&self.experiment).join(&self.run_name);
        let mut parameters = json!(plan.parameters);
        parameters["num_boost_round"] = plan.rounds.into();
        parameters["early_stopping_rounds"] = plan.patience.into();
        parameters["label"] = (*prepared.label).into();
        let steps: Vec<Value> = history.iter().map(step).chain([last_step(trained)]).collect();
        files::write(
            &run.join("params.json"),
            serde_json::to_string_pretty(&parameters)?.as_bytes(),
        )?;
        files::write(&run.join("metrics.json"), serde_json::to_string_pretty(&steps)?.as_bytes())?;
        files::write(&run.join("signature.json"), signature.as_bytes())?;
        files::write(&run.join("model.txt"), text.as_bytes())?;
        files::write(&beside(&self.model, "signature.json"), signature.as_bytes())?;
        let metrics = serde_json::to_string_pretty(&metrics)?;
        files::write(&beside(&self.model, "metrics.json"), metrics.as_bytes())?;
        files::write(&beside(&self.model, "importances.csv"), importances.as_bytes())?;
        files::write(&self.model, text.as_bytes())
    }
}

/// What the registry is told about the model that was just written.
///
/// # Errors
///
/// When its files cannot be read.
pub fn registration(outputs: &Outputs) -> anyhow::Result<Registration> {
    let json = |what: &str| -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&files::read(&beside(&outputs.model, what))?)?)
    };
    let metrics = json("metrics.json")?;
    Ok(Registration {
        artifact_uri: std::path::absolute(&outputs.model)?.display().to_string(),
        metrics: metrics["validation"].as_object().cloned().unwrap_or_default(),
        signature: Some(json("signature.json")?),
        run_id: Some(format!("{}/{}", outputs.experiment, outputs.run_name)),
        ..Registration::default()
    })
}

/// The file `what` that goes with a model: `model.txt` has `model.signature.json`.
pub(in super::super) fn beside(model: &Path, what: &str) -> PathBuf {
    model.with_extension(what)
}

fn as_object(metrics: &[Metric]) -> Map<String, Value> {
    metrics.iter().map(|metric| (metric.name.clone(), metric.value.into())).collect()
}

fn step(round: &Round) -> Value {
    let named = |prefix: &str, metrics: &[Metric]| -> Vec<(String, Value)> {
        metrics
            .iter()
            .map(|metric| (format!("{prefix}_{}", metric.name), metric.value.into()))
            .collect()
    };
    let mut step = Map::new();
    step.insert("step".to_owned(), round.number.into());
    step.extend(named("train", &round.training));
    step.extend(named("validation", &round.validation));
    step.into()
}

fn last_step(trained: &Trained<'_>) -> Value {
    let round = Round {
        number: trained.best_round,
        training: Vec::new(),
        validation: trained.best.clone(),
    };
    let mut step = step(&round);
    step["best"] = true.into();
    step
}

/// What a model takes, in order, and what it was made of.
fn signature(
    job: &Asin,
    request: &Request,
    prepared: &Prepared,
    trained: &Trained<'_>,
    text: &str,
) -> Value {
    let input = |Input { name, categories, .. }: &Input| match categories {
        None => json!({ "name": name, "type": "double" }),
        Some(values) => json!({ "name": name, "type": "category", "values": values }),
    };
    json!({
        "inputs": prepared.inputs.iter().map(input).collect::<Vec<_>>(),
        "output": { "name": "lgbm_score", "type": "double" },
        "kind": request.learner.name(),
        "label": prepared.label,
        "group": (request.learner == Learner::Ranker).then_some(&request.group),
        "data": request.data.as_ref().map_or_else(|| request.learner.table().into(), |file| file.display().to_string()),
        "rows": prepared.training.labels.len(),
        "rounds": trained.best_round,
        "trained_at": job.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "model_sha256": sha256(text),
    })
}

/// What tells a model from others.
pub(in super::super) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Features by what their splits gain.
fn importances(prepared: &Prepared, trained: &Trained<'_>) -> anyhow::Result<String> {
    let gains = trained.booster.importance(Importance::Gain, trained.best_round)?;
    let splits = trained.booster.importance(Importance::Split, trained.best_round)?;
    let mut rows: Vec<_> = prepared.names.iter().zip(gains.into_iter().zip(splits)).collect();
    rows.sort_by(|(_, (one, _)), (_, (other, _))| other.total_cmp(one));
    let mut csv = "feature,gain,split\n".to_owned();
    for (name, (gain, split)) in rows {
        let name = if name.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.clone()
        };
        writeln!(csv, "{name},{gain},{split}")?;
    }
    Ok(csv)
}
