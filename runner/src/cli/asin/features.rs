//! `aim asin features`.

use super::common::{CommonArgs, FileArgs};
use crate::config::Environment;
use crate::jobs::asin::features;
use clap::Args;
use std::process::ExitCode;

/// The mart to read, the features to write.
#[derive(Debug, Args)]
pub(in crate::cli) struct FeaturesArgs {
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Computes the features and says how many rows came out.
pub(super) fn run(args: &FeaturesArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let FeaturesArgs { files, common } = args;
    let rows = common.work(environment, files.only(), &["mart_timeseries_daily"], |job| {
        features::run(job, files.input.as_deref(), files.output.as_deref())
    })?;
    println!("{rows} rows of features");
    Ok(ExitCode::SUCCESS)
}
