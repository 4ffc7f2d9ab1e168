//! `aim asin score`.

use super::common::{CommonArgs, FileArgs};
use crate::config::Environment;
use crate::jobs::asin::{Asin, score};
use clap::Args;
use std::process::ExitCode;

/// The features to read, the scores to write.
#[derive(Debug, Args)]
pub(in crate::cli) struct ScoreArgs {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Scores and says how many rows came out.
pub(super) fn run(args: &ScoreArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let ScoreArgs { files, common } = args;
    let (input, output) = (files.input.as_deref(), files.output.as_deref());
    let reads = |job: &Asin| score::reads(job, input, output);
    let work = |job: &Asin| score::run(job, input, output);
    let rows = common.work_reading(environment, files.only(), None, reads, work)?;
    println!("{rows} rows scored");
    Ok(ExitCode::SUCCESS)
}
