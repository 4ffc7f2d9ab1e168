//! `aim asin report`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::report::{self, Delivery};
use crate::runtime::Runtime;
use clap::Args;
use std::process::ExitCode;

/// Which report, and who gets it.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 it is written, and sent where that is wanted, or not due; 1 it is not, or somebody \
    did not get it"
)]
pub(in crate::cli) struct ReportArgs {
    /// The week that ends with the day
    #[arg(long, required = true)]
    weekly: bool,
    /// Only if it is due and was not done yet: from report.weekday and report.time on
    #[arg(long, conflicts_with = "date")]
    when_due: bool,
    /// Send workbook and PDF to report.to; whoever got it already does not get it again
    #[arg(long)]
    send: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Writes the report, says where it is, sends it.
pub(super) fn run(args: &ReportArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let job = args.common.job(environment, false)?;
    let day = match args.when_due {
        true => report::due(&job)?,
        false => Some(job.scope.date.unwrap_or_else(|| job.clock.today_utc())),
    };
    let Some(day) = day else {
        println!("No report is due");
        return Ok(ExitCode::SUCCESS);
    };
    let report = report::weekly(&job, day)?;
    for file in [&report.page, &report.workbook, &report.pdf] {
        println!("{}", file.display());
    }
    let mut all_told = true;
    let runtime = Runtime::start()?;
    let deliveries = report::deliver(&job, &runtime, &report, args.send, args.when_due)?;
    for Delivery { to, sent, error } in deliveries {
        match error {
            Some(error) => {
                all_told = false;
                eprintln!("Error: {to} did not get the report: {error}");
            }
            None => println!("{to}: {}", if sent { "sent" } else { "sent before" }),
        }
    }
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
