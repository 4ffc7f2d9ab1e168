//! The command line: arguments, help texts, exit codes; nothing else. One file per command group.

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
    /// Write sample input of any size
    Sample(sample::SampleArgs),
    /// The stand-in of the Waves recommendation service
    #[command(subcommand)]
    Waves(waves::WavesCommand),
}

/// Parses the arguments, runs the command, reports an error with its causes.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sample(args) => sample::run(&args),
        Command::Waves(command) => waves::run(&command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
