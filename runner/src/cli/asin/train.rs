//! `aim asin train`.

use super::common::CommonArgs;
use crate::cli::logging;
use crate::config::Environment;
use crate::jobs::asin::train::{self, Learner, Outputs, Request};
use crate::jobs::asin::{Asin, registry};
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The kinds of models.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArg {
    /// Orders the products of a group
    Ranker,
    /// Tells how likely a product is to take off
    Classifier,
    /// Tells how much a product will sell
    Regressor,
}

impl From<KindArg> for Learner {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Ranker => Self::Ranker,
            KindArg::Classifier => Self::Classifier,
            KindArg::Regressor => Self::Regressor,
        }
    }
}

/// What is learnt from which samples; also for the search of parameters.
#[derive(Debug, Args)]
pub(super) struct DataArgs {
    /// The samples [default: the job's table of that kind]
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    data: Option<PathBuf>,
    /// The features [default: the members of the feature vectors, or all columns of numbers where there are none]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    features: Vec<String>,
    /// The column to learn [default: relevance for rankers where there is one, else y]
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The column of groups, for rankers
    #[arg(long, value_name = "COLUMN", default_value = "group_id")]
    group: String,
    /// A column that says how much each row counts
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// The most rounds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Stop after so many rounds without improvement; 0 for never
    #[arg(long, value_name = "N")]
    early_stopping: Option<u32>,
}

impl DataArgs {
    /// Whether the job's tables are not needed.
    pub(super) fn only_files(&self) -> bool {
        self.data.is_some()
    }

    pub(super) fn request(&self, learner: Learner, environment: &Environment) -> Request {
        Request {
            learner,
            data: self.data.clone(),
            features: self.features.clone(),
            label: self.label.clone(),
            group: self.group.clone(),
            weight: self.weight.clone(),
            parameters: Vec::new(),
            rounds: self.rounds.map(|rounds| rounds as usize),
            patience: self.early_stopping.map(|rounds| rounds as usize),
            library: environment
                .get("AIM_LIGHTGBM")
                .filter(|file| !file.is_empty())
                .map(PathBuf::from),
        }
    }
}

/// The model to train.
#[derive(Debug, Args)]
pub(in crate::cli) struct TrainArgs {
    /// The kind of model
    #[arg(long, value_enum, default_value = "ranker")]
    kind: KindArg,
    #[command(flatten)]
    data: DataArgs,
    /// LightGBM's parameters as a JSON file, such as best_params.json of tune
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// One of LightGBM's parameters, name=value; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// The model [default: scoring.model_path of the settings; artifacts/cls or artifacts/reg/model.txt]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What the run belongs to, in runs/ of the job's folder
    #[arg(long, value_name = "NAME")]
    experiment_name: Option<String>,
    /// The run's own name [default: its time]
    #[arg(long, value_name = "NAME")]
    run_name: Option<String>,
    /// Register the model under this name, too
    #[arg(long, value_name = "NAME")]
    register: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Trains and says how good the model is.
pub(super) fn run(args: &TrainArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    // Rounds are told while they last.
    logging::start(std::io::stderr, environment)?;
    let job = args.common.job(environment, args.data.only_files())?;
    let learner = Learner::from(args.kind);
    let mut request = args.data.request(learner, environment);
    if let Some(file) = &args.params {
        request.parameters = read_parameters(file)?;
    }
    for text in &args.param {
        match text.split_once('=') {
            Some((name, value)) => request.parameters.push((name.to_owned(), value.to_owned())),
            None => bail!("--param {text} has no =; write name=value"),
        }
    }
    let mut outputs = Outputs::of(&job, learner);
    let given = (args.output.clone(), args.experiment_name.clone(), args.run_name.clone());
    outputs.model = given.0.unwrap_or(outputs.model);
    outputs.experiment = given.1.unwrap_or(outputs.experiment);
    outputs.run_name = given.2.unwrap_or(outputs.run_name);
    let report = train::run(&job, &request, &outputs)?;
    println!(
        "{} rounds of {} on {} rows ({} groups) with {} features, stopped by {} rows ({} groups)",
        report.rounds[0],
        report.rounds[1],
        report.rows[0],
        report.groups[0],
        report.features,
        report.rows[1],
        report.groups[1]
    );
    for text in &report.left_out {
        println!("  left out, being no number: {text}");
    }
    for metric in &report.metrics {
        println!("  {:<16} {:.6}", metric.name, metric.value);
    }
    println!("Model {}", report.model.display());
    if let Some(name) = &args.register {
        let version = register(&job, name, &outputs)?;
        println!("Registered as {name} {version}");
    }
    Ok(ExitCode::SUCCESS)
}

fn read_parameters(file: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON object of parameters", file.display()))?;
    let value =
        |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(object.into_iter().map(|(name, given)| (name, value(given))).collect())
}

fn register(job: &Asin, name: &str, outputs: &Outputs) -> anyhow::Result<u32> {
    let registration = train::registration(outputs)?;
    let file = registry::Registry::file(&job.store);
    let mut registry = registry::Registry::open(&file, job.clock.now())?;
    Ok(registry.register(name, registration, false)?.version)
}
