//! `aim asin run`.

use super::candidates;
use super::common::CommonArgs;
use crate::cli::logging;
use crate::config::Environment;
use crate::jobs::asin::run::{self, Outcome, Unfinished};
use crate::record::Terminal;
use clap::Args;
use std::process::ExitCode;

/// The day, or the run to go on with.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 success, 1 failure, 130 and 143 interrupted by SIGINT (Ctrl-C) and \
    SIGTERM; failed and interrupted runs can be continued with --resume"
)]
pub(in crate::cli) struct RunArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Continue a run that was killed, interrupted or failed, with its clock, day and products
    #[arg(long, value_name = "RUN_ID", conflicts_with_all = ["date", "asin_file", "limit", "now"])]
    resume: Option<String>,
}

/// Runs the stages and shows what came out.
pub(super) fn run(args: &RunArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let terminal = Terminal::new();
    logging::start(terminal.clone(), environment)?;
    let outcome = match &args.resume {
        Some(run_id) => {
            let mut job = args.common.job(environment, false)?;
            let unfinished = Unfinished::find(&job.store, run_id)?;
            (job.clock, job.scope) = (unfinished.clock(), unfinished.scope()?);
            run::run(&job, Some(unfinished), terminal.clone())
        }
        None => args
            .common
            .work(environment, false, &run::READS, |job| run::run(job, None, terminal.clone())),
    };
    terminal.end();
    print(&outcome?);
    Ok(ExitCode::SUCCESS)
}

fn print(Outcome { run_id, stages, candidates }: &Outcome) {
    println!("\nRun {run_id} succeeded");
    for (stage, took, said) in stages {
        println!("  {:<12} {:>8.2} s  {said}", stage.name(), took.as_secs_f64());
    }
    if let Some(candidates) = candidates {
        println!("\nThe best candidates");
        candidates::print(candidates);
    }
}
