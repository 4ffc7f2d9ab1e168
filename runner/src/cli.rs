//! The command line: arguments, help texts, exit codes; nothing else. One file per command group.

mod asin;
mod config;
mod run;
pub mod sample;
mod verify;
pub mod waves;

use crate::config::Environment;
use crate::jobs::aim::Interrupted;
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
    /// Compare what two runs left behind
    Verify(verify::VerifyArgs),
    /// The Waves recommendation service: a stand-in, a comparison
    #[command(subcommand)]
    Waves(waves::WavesCommand),
    /// The ASIN pipeline: from daily signals of products to ranked candidates
    #[command(subcommand)]
    Asin(asin::AsinCommand),
}

/// Parses the arguments, runs the command, reports an error with its causes.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version are asked for; everything else is a mistake. Schedulers know 0 and 1.
            let code = if message.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
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
            Command::Verify(args) => return Ok(verify::run(&args)),
            Command::Waves(command) => waves::run(&command, &environment)?,
            Command::Asin(command) => return asin::run(&command, &environment),
        }
        Ok(ExitCode::SUCCESS)
    };
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error:#}");
            let interrupted = error.downcast_ref::<Interrupted>();
            interrupted.map_or(ExitCode::FAILURE, |error| error.signal.exit_code().into())
        }
    }
}
