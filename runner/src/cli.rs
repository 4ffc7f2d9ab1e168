//! The command line: arguments, help texts, exit codes; nothing else. One file per command group.

mod reco;
mod run;
pub mod sample;
pub mod waves;

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
    /// The stand-in of the Waves recommendation service
    #[command(subcommand)]
    Waves(waves::WavesCommand),
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
    // Looked for from the current folder upwards; variables that are set win.
    dotenvy::dotenv().ok();
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Export(args) => reco::export(&args),
        Command::ImportTable(args) => reco::import_table(&args),
        Command::Materialize(args) => reco::materialize(&args),
        Command::Check(places) => reco::check(&places),
        Command::Gc(places) => reco::gc(&places),
        Command::Status(places) => reco::status(&places),
        Command::Waves(command) => waves::run(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::from(reco::exit_code(&error))
        }
    }
}
