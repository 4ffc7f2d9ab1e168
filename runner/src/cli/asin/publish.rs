//! `aim asin publish`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::run::Stage;
use crate::jobs::asin::storage;
use crate::runtime::Runtime;
use clap::Args;
use std::process::ExitCode;

/// The day.
#[derive(Debug, Args)]
pub(in crate::cli) struct PublishArgs {
    #[command(flatten)]
    common: CommonArgs,
}

/// Brings the tables of each stage to PostgreSQL, one transaction each.
pub(super) fn run(args: &PublishArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let job = args.common.job(environment, false)?;
    let runtime = Runtime::start()?;
    for stage in Stage::ALL {
        if !stage.tables().is_empty() {
            let rows = storage::publish(&job, &runtime, stage.tables())?;
            println!("{rows:>8} rows of {}", stage.tables().join(", "));
        }
    }
    Ok(ExitCode::SUCCESS)
}
