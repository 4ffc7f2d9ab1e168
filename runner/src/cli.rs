//! The command line: arguments, help texts, exit codes; nothing else. One file per command group.

mod asin;
mod config;
mod logging;
mod reco;
mod run;
pub mod sample;
mod verify;
pub mod waves;

use crate::config::Environment;
use crate::jobs::aim::Interrupted;
use crate::runtime::Stopped;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Scores tyres, asks Waves for products, and publishes what came out.
#[derive(Debug, Parser)]
#[command(name = "aim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the growth job
    Run(run::RunArgs),
    /// What the job would run with
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Write sample input of any size
    Sample(sample::SampleArgs),
    /// Write a table of the warehouse as Parquet shards
    #[command(aliases = ["export-gcs", "bq-to-gcs"])]
    Export(reco::ExportArgs),
    /// Replace a table of PostgreSQL by its shards, once they are verified
    #[command(aliases = ["import-to-gcloud", "gcs-to-cloudsql"])]
    ImportTable(reco::ImportTableArgs),
    /// Bring materialised views of PostgreSQL up to date
    #[command(aliases = ["materialize-gcloud", "materialize-cloudsql"])]
    Materialize(reco::MaterializeArgs),
    /// Compare the tables and views of PostgreSQL with their definitions
    Check(reco::Places),
    /// Drop what imports and builds that were killed left in PostgreSQL
    Gc(reco::Places),
    /// Show the tables and views of PostgreSQL
    Status(reco::Places),
    /// The functions of AIM in PostgreSQL
    #[command(subcommand)]
    Pg(reco::PgCommand),
    /// Compare what two runs left behind
    Verify(verify::VerifyArgs),
    /// The Waves recommendation service: a stand-in, a comparison
    #[command(subcommand)]
    Waves(waves::WavesCommand),
    /// The ASIN pipeline: from daily signals of products to ranked candidates
    #[command(subcommand)]
    Asin(Box<asin::AsinCommand>),
}

/// Parses the arguments, runs the command, reports an error with its causes.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version are asked for; everything else is a mistake, 1 where schedulers know only
            // that, 2 for the commands whose schedulers tell mistakes from failures.
            let command = std::env::args().nth(1).unwrap_or_default();
            let code = match message.use_stderr() {
                false => ExitCode::SUCCESS,
                true if reco::COMMANDS.contains(&command.as_str()) => ExitCode::from(2),
                true => ExitCode::FAILURE,
            };
            // Nobody is left to tell when even this cannot be printed.
            let _ = message.print();
            return code;
        }
    };
    let run = || -> anyhow::Result<ExitCode> {
        let environment = Environment::of_process()?;
        match cli.command {
            Command::Run(args) => run::run(&args, &environment)?,
            Command::Config(command) => config::run(&command, &environment)?,
            Command::Sample(args) => sample::run(&args)?,
            Command::Export(args) => reco::export(&args, &environment)?,
            Command::ImportTable(args) => reco::import_table(&args, &environment)?,
            Command::Materialize(args) => reco::materialize(&args, &environment)?,
            Command::Check(places) => reco::check(&places, &environment)?,
            Command::Gc(places) => reco::gc(&places, &environment)?,
            Command::Status(places) => reco::status(&places, &environment)?,
            Command::Pg(command) => reco::pg(&command, &environment)?,
            Command::Verify(args) => return Ok(verify::run(&args)),
            Command::Waves(command) => waves::run(&command, &environment)?,
            Command::Asin(command) => return asin::run(&command, &environment),
        }
        Ok(ExitCode::SUCCESS)
    };
    match run() {
        Ok(code) => code,
        Err(error) => {
            logging::report(&error);
            let interrupted = error.downcast_ref::<Interrupted>();
            let code = interrupted.map(|error| error.signal.exit_code());
            let code = code.or_else(|| asin::exit_code(&error));
            let stopped = error.downcast_ref::<Stopped>();
            let code = code.or_else(|| stopped.map(|error| error.0.exit_code()));
            code.unwrap_or_else(|| reco::exit_code(&error)).into()
        }
    }
}
