//! `aim asin`: one file per command. A command is its arguments and one call into [`crate::jobs::asin`].

mod alerts;
mod api;
mod candidates;
mod common;
mod evaluate;
mod features;
mod ingest;
mod labels;
mod predict;
mod publish;
mod registry;
mod report;
mod run;
mod score;
mod settings;
mod standardize;
mod train;
mod tune;
mod validate;

use crate::config::Environment;
use crate::jobs::asin::run::Interrupted;
use clap::Subcommand;
use std::process::ExitCode;

/// The stages of the pipeline, and what goes with it. Each stage works on files (`--input`, `--output`), or
/// else on the tables of the job's warehouse.
#[derive(Debug, Subcommand)]
pub(super) enum AsinCommand {
    /// Run the stages of a day: ingest, standardize, features, score, predict, validate, export
    Run(run::RunArgs),
    /// The unified API: a stand-in of it that runs here
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Fetch products, their series, reviews and keywords from the unified API, or a part of it from another
    Ingest(ingest::IngestArgs),
    /// Make the daily mart of raw rows: typed, one row per product and day
    Standardize(standardize::StandardizeArgs),
    /// Compute trends, volatilities, means and the quality of listings from the daily mart
    Features(features::FeaturesArgs),
    /// Score and rank the products of each category
    Score(score::ScoreArgs),
    /// Say what happened after each day, as samples to learn from
    Labels(labels::LabelsArgs),
    /// Train a model on samples
    Train(train::TrainArgs),
    /// Search parameters for the ranker
    Tune(tune::TuneArgs),
    /// Predict with a model, and rank products in their groups
    Predict(predict::PredictArgs),
    /// Measure how good predictions were
    Evaluate(evaluate::EvaluateArgs),
    /// Look whether the mart is good enough, and tell by the exit code
    Validate(validate::ValidateArgs),
    /// Write the best products of each category to exports/top_candidates_YYYYMMDD.csv
    Candidates(candidates::CandidatesArgs),
    /// Check data, predictions and delays, and tell by e-mail and messengers
    Alerts(alerts::AlertsArgs),
    /// Write the report of a week
    Report(report::ReportArgs),
    /// Bring a day's rows to PostgreSQL
    Publish(publish::PublishArgs),
    /// The versions of models, and which is in production
    #[command(subcommand)]
    Registry(registry::RegistryCommand),
    /// Print the settings in force
    Settings(settings::SettingsArgs),
}

/// Runs an `asin` command.
pub(super) fn run(command: &AsinCommand, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        AsinCommand::Run(args) => run::run(args, environment),
        AsinCommand::Api(command) => api::run(command),
        AsinCommand::Ingest(args) => ingest::run(args, environment),
        AsinCommand::Standardize(args) => standardize::run(args, environment),
        AsinCommand::Features(args) => features::run(args, environment),
        AsinCommand::Score(args) => score::run(args, environment),
        AsinCommand::Labels(args) => labels::run(args, environment),
        AsinCommand::Train(args) => train::run(args, environment),
        AsinCommand::Tune(args) => tune::run(args, environment),
        AsinCommand::Predict(args) => predict::run(args, environment),
        AsinCommand::Evaluate(args) => evaluate::run(args, environment),
        AsinCommand::Validate(args) => validate::run(args, environment),
        AsinCommand::Candidates(args) => candidates::run(args, environment),
        AsinCommand::Alerts(args) => alerts::run(args, environment),
        AsinCommand::Report(args) => report::run(args, environment),
        AsinCommand::Publish(args) => publish::run(args, environment),
        AsinCommand::Registry(command) => registry::run(command, environment),
        AsinCommand::Settings(args) => settings::run(args, environment),
    }
}

/// The exit code of an error that has one of its own.
pub(super) fn exit_code(error: &anyhow::Error) -> Option<u8> {
    error.downcast_ref::<Interrupted>().map(|error| error.signal.exit_code())
}
