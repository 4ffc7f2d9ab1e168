//! `aim asin report`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::report;
use clap::Args;
use std::process::ExitCode;

/// Which report.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArgs {
    /// The week that ends with the day
    #[arg(long, required = true)]
    weekly: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Writes the report and says where it is.
pub(super) fn run(args: &ReportArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let job = args.common.job(environment, false)?;
    println!("{}", report::weekly(&job)?.display());
    Ok(ExitCode::SUCCESS)
}
