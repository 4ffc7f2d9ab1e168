//! `aim asin`: one file per command. A command is its arguments and one call into [`crate::jobs::asin`].

mod common;
mod features;
mod settings;

use crate::config::Environment;
use clap::Subcommand;
use std::process::ExitCode;

/// The stages of the pipeline, and what goes with it. Each stage works on files (`--input`, `--output`), or
/// else on the tables of the job's warehouse.
#[derive(Debug, Subcommand)]
pub(super) enum AsinCommand {
    /// Compute trends, volatilities, means and the quality of listings from the daily mart
    Features(features::FeaturesArgs),
    /// Print the settings in force
    Settings(settings::SettingsArgs),
}

/// Runs an `asin` command.
pub(super) fn run(command: &AsinCommand, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command {
        AsinCommand::Features(args) => features::run(args, environment),
        AsinCommand::Settings(args) => settings::run(args, environment),
    }
}
