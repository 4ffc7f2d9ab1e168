//! `aim asin run`.

use super::candidates;
use super::common::CommonArgs;
use crate::cli::logging;
use crate::cli::run::NOTHING_TO_CONTINUE;
use crate::config::{Environment, Mode};
use crate::jobs::asin::run::{self, Outcome, Unfinished};
use crate::record::Terminal;
use anyhow::ensure;
use clap::Args;
use std::path::PathBuf;
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
    /// The model that predicts [default: the registry's scoring.model_name in production, else scoring.model_path]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Continue a run that was killed, interrupted or failed, with its clock, day, products and model
    #[arg(long, value_name = "RUN_ID", conflicts_with_all = ["date", "asin_file", "limit", "now", "model"])]
    resume: Option<String>,
}

/// Runs the stages and shows what came out.
pub(super) fn run(args: &RunArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let terminal = Terminal::new();
    logging::start(terminal.clone(), environment)?;
    let model = args.model.as_deref().map(std::path::absolute).transpose()?;
    let outcome = match &args.resume {
        Some(run_id) => {
            let (config, _) = args.common.config(environment)?;
            ensure!(config.mode == Mode::Local, NOTHING_TO_CONTINUE);
            let mut job = args.common.job(environment, false)?;
            let unfinished = Unfinished::find(&job.store, run_id)?;
            (job.clock, job.scope) = (unfinished.clock(), unfinished.scope()?);
            run::run(&job, model, Some(unfinished), terminal.clone())
        }
        None => {
            let watched = Some(terminal.clone());
            args.common.work_watched(environment, false, &run::READS, watched, |job| {
                run::run(job, model, None, terminal.clone())
            })
        }
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
