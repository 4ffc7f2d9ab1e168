//! `aim asin alerts`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::alerts::{self, Delivery, Inputs, Outcome};
use crate::runtime::Runtime;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to check, and whether to tell anybody.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 everybody who is configured was told, 1 somebody was not, or nothing could \
    be checked"
)]
pub(in crate::cli) struct AlertsArgs {
    /// Check these rows instead of the day's features
    #[arg(long, value_name = "FILE")]
    current: Option<PathBuf>,
    /// Compare means with these rows instead of the features of the week before
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Predictions to judge: asin, site, snapshot_date, predicted
    #[arg(long, value_name = "FILE", requires = "actuals")]
    predictions: Option<PathBuf>,
    /// What came: asin, site, snapshot_date, actual
    #[arg(long, value_name = "FILE", requires = "predictions")]
    actuals: Option<PathBuf>,
    /// Runs: pipeline, scheduled_at, completed_at
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Check only, tell nobody
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Checks, tells, and says who was told.
pub(super) fn run(args: &AlertsArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let AlertsArgs { current, baseline, predictions, actuals, events, dry_run, common } = args;
    let job = common.job(environment, current.is_some() && baseline.is_some())?;
    let inputs = Inputs {
        current: current.clone(),
        baseline: baseline.clone(),
        predictions: predictions.clone(),
        actuals: actuals.clone(),
        events: events.clone(),
    };
    let runtime = Runtime::start()?;
    let Outcome { alerts, deliveries } = alerts::run(&job, &runtime, &inputs, *dry_run)?;
    println!("{} alerts", alerts.len());
    for alert in &alerts {
        println!("  {alert}");
    }
    if !alerts.is_empty() && deliveries.is_empty() {
        println!("Nobody is told: the settings name no receiver under alerts");
    }
    let mut all_told = true;
    for Delivery { channel, sent, error } in &deliveries {
        match error {
            Some(error) => {
                all_told = false;
                eprintln!("Error: {channel} was not told: {error}");
            }
            None => println!("{channel}: {sent} told"),
        }
    }
    Ok(if all_told { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
