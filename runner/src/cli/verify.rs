//! `aim verify`.

use crate::record;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Two runs.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 the same, 1 different, 2 not to be compared")]
pub(super) struct VerifyArgs {
    /// A run that is known to be right: its local root, or its output folder
    #[arg(value_name = "GOLDEN_DIR")]
    golden: PathBuf,
    /// The run to compare with it
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
}

/// Compares, and prints what differs.
pub(super) fn run(args: &VerifyArgs) -> ExitCode {
    let verdict = match record::verify(&args.golden, &args.run) {
        Ok(verdict) => verdict,
        Err(error) => {
            eprintln!("Error: {error:#}");
            return ExitCode::from(2);
        }
    };
    for note in &verdict.notes {
        println!("Not compared: {note}");
    }
    for difference in &verdict.differences {
        println!("Different: {difference}");
    }
    if verdict.differences.is_empty() {
        println!("The runs are the same, but for run ids and clocks");
        ExitCode::SUCCESS
    } else {
        println!("{} differences", verdict.differences.len());
        ExitCode::FAILURE
    }
}
