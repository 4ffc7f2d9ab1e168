//! `aim asin tune`.

use super::common::CommonArgs;
use super::train::DataArgs;
use crate::cli::logging;
use crate::config::Environment;
use crate::jobs::asin::train::Learner;
use crate::jobs::asin::tune::{self, Search, State};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What to search, and for how long.
#[derive(Debug, Args)]
pub(in crate::cli) struct TuneArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Trials that the study shall have, those of earlier calls included
    #[arg(long, visible_alias = "n-trials", value_name = "N", default_value = "25")]
    trials: usize,
    /// Begin no trial after so many seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Which random numbers the proposals are made of
    #[arg(long, visible_alias = "random-state", value_name = "N", default_value = "42")]
    seed: u64,
    /// The study's name; one that is there is continued
    #[arg(long, value_name = "NAME", default_value = "lgb_rank_tuning")]
    study_name: String,
    /// The folder of the study and of best_params.json [default: artifacts/rank_tuning of the job's folder]
    #[arg(long, visible_alias = "storage", value_name = "DIR")]
    output_dir: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Searches and prints what was best.
pub(super) fn run(args: &TuneArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    // Trials are told while they last.
    logging::start(std::io::stderr, environment)?;
    let job = args.common.job(environment, args.data.only_files())?;
    let default = || job.store.root().join("artifacts/rank_tuning");
    let search = Search {
        request: args.data.request(Learner::Ranker, environment),
        trials: args.trials,
        timeout: args.timeout.map(Duration::from_secs),
        seed: args.seed,
        folder: args.output_dir.clone().unwrap_or_else(default),
        name: args.study_name.clone(),
    };
    let study = tune::run(&job, &search)?;
    let pruned = study.trials.iter().filter(|trial| trial.state == State::Pruned).count();
    println!("{} trials, {pruned} of them pruned", study.trials.len());
    if let Some(best) = study.best() {
        println!("Best: trial {} with {:.6} after {} rounds", best.number, best.value, best.rounds);
        for (name, value) in &best.params {
            println!("  {name:<18} {value}");
        }
        println!("Parameters {}", search.folder.join("best_params.json").display());
    }
    Ok(ExitCode::SUCCESS)
}
