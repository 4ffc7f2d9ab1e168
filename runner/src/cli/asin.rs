//! `aim asin`: one file per command. A command is its arguments and one call into [`crate::jobs::asin`].

mod api;
mod common;
mod features;
mod ingest;
mod score;
mod settings;
mod standardize;

use crate::config::Environment;
use clap::Subcommand;
use std::process::ExitCode;

/// The stages of the pipeline, and what goes with it. Each stage works on files (`--input`, `--output`), or
/// else on the tables of the job's warehouse.
#[derive(Debug, Subcommand)]
pub(super) enum AsinCommand {
    /// The unified API: a stand-in of it that runs here
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Fetch products, their series, reviews and keywords from the unified API
    Ingest(ingest::IngestArgs),
    /// Make the daily mart of raw rows: typed, one row per product and day
    Standardize(standardize::StandardizeArgs),
    /// Compute trends, volatilities, means and the quality of listings from the daily mart
    Features(features::FeaturesArgs),
    /// Score and rank the products of each category
    Score(score::ScoreArgs),
    /// Print the settings in force
    Settings(settings::SettingsArgs),
}

/// Runs an `asin` command.
pub(super) fn run(command: &AsinCommand, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        AsinCommand::Api(command) => api::run(command),
        AsinCommand::Ingest(args) => ingest::run(args, environment),
        AsinCommand::Standardize(args) => standardize::run(args, environment),
        AsinCommand::Features(args) => features::run(args, environment),
        AsinCommand::Score(args) => score::run(args, environment),
        AsinCommand::Settings(args) => settings::run(args, environment),
    }
}
