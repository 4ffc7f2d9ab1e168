//! `aim asin ingest`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::frame::Workspace;
use crate::jobs::asin::ingest::{self, Ingested};
use crate::runtime::Runtime;
use clap::Args;
use std::process::ExitCode;

/// What to fetch, and by which name to go on with it.
#[derive(Debug, Args)]
pub(in crate::cli) struct IngestArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Go on with the answers of this run: ask for what it does not have
    #[arg(long, value_name = "RUN_ID")]
    resume: Option<String>,
}

/// Fetches, loads, and says what came of it.
pub(super) fn run(args: &IngestArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let reads = ["dim_asin", "fact_timeseries_raw"];
    let ingested = args.common.work(environment, false, &reads, |job| {
        let workspace = Workspace::open(job, false)?;
        let runtime = Runtime::start()?;
        runtime.stops(workspace.db());
        let run_id = args.resume.clone().unwrap_or_else(|| job.clock.run_id());
        let ingested = ingest::run(job, &workspace, &runtime, &run_id, &mut |_, _| ());
        ingested.inspect_err(|_| {
            if job.outbox.is_none() {
                eprintln!(
                    "What came so far is kept: aim asin ingest --resume {run_id} asks for the rest"
                );
            }
        })
    })?;
    print(&ingested);
    Ok(ExitCode::SUCCESS)
}

fn print(ingested: &Ingested) {
    let Ingested { items, answers, dead_letters, counts, took, loaded } = ingested;
    println!(
        "{answers} answers about {items} products in {:.2} s: {} requests, {} of them in vain",
        took.as_secs_f64(),
        counts.requests,
        counts.failure
    );
    for (table, rows) in &loaded.rows {
        println!("  {rows:>8}  {table}");
    }
    println!("  {:>8}  records received for {} days", loaded.received, loaded.days_requested);
    if !dead_letters.is_empty() {
        println!(
            "{} answers could not be had; the first: {}",
            dead_letters.len(),
            dead_letters[0].reason
        );
    }
    for mismatch in &loaded.mismatches {
        let ingest::Mismatch { asin, site, received, loaded } = mismatch;
        println!("Warning: {asin} in {site}: {received} records were received, {loaded} are there");
    }
}
