//! `aim asin validate`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::quality::Grade;
use crate::jobs::asin::validate;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The mart to look at.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 not to be looked at, 2 somebody should look, 3 not to be used"
)]
pub(in crate::cli) struct ValidateArgs {
    /// Look at this Parquet or CSV file instead of the job's mart
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Print everything that was found, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Looks, says what was found, and tells schedulers by the exit code.
pub(super) fn run(args: &ValidateArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let (files, reads) = (args.input.is_some(), ["mart_timeseries_daily"]);
    let found = args
        .common
        .work(environment, files, &reads, |job| validate::run(job, args.input.as_deref()))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        println!("{} rows, {} of the day", found.rows, found.rows_of_the_day);
        for reason in &found.reasons {
            println!("  {reason}");
        }
    }
    Ok(match found.status {
        Grade::Passed => ExitCode::SUCCESS,
        Grade::Warning => ExitCode::from(2),
        Grade::Failed => ExitCode::from(3),
    })
}
