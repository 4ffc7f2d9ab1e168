//! `aim asin ingest`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::frame::Workspace;
use crate::jobs::asin::ingest::{self, Ingested, Provider, Selection};
use crate::runtime::Runtime;
use crate::signals::CallError;
use clap::Args;
use std::process::ExitCode;

/// What to fetch, and by which name to go on with it.
#[derive(Debug, Args)]
pub(in crate::cli) struct IngestArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The service to ask
    #[arg(long, value_enum, value_name = "SERVICE", default_value_t)]
    source: Provider,
    /// Ask the service that is built in: the same answers every time, and no account is needed
    #[arg(long)]
    built_in: bool,
    /// Ask for the products that a search for these words finds (paapi)
    #[arg(long, value_name = "WORDS", conflicts_with = "asin_file")]
    search: Option<String>,
    /// Only ask whether the service answers and lets us in
    #[arg(long, conflicts_with_all = ["search", "resume"])]
    check: bool,
    /// Go on with the answers of this run: ask for what it does not have
    #[arg(long, value_name = "RUN_ID")]
    resume: Option<String>,
}

/// Fetches, loads, and says what came of it.
pub(super) fn run(args: &IngestArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let runtime = Runtime::start()?;
    let selection =
        Selection { provider: args.source, built_in: args.built_in, search: args.search.clone() };
    if args.check {
        let job = args.common.job(environment, true)?;
        return check(&ingest::check(&job, &runtime, &selection)?);
    }
    let ingested = args.common.work(environment, false, &ingest::READS, |job| {
        let workspace = Workspace::open(job, false)?;
        runtime.stops(workspace.db());
        let run_id = match &args.resume {
            Some(run_id) => run_id.clone(),
            None => ingest::new_run(&job.store, &job.clock)?,
        };
        let ingested = ingest::run(job, &workspace, &runtime, &selection, &run_id, &mut |_, _| ());
        ingested.inspect_err(|_| {
            let source = match args.source {
                Provider::Unified => String::new(),
                other => format!(" --source {}", other.name()),
            };
            if job.cloud.is_none() && ingest::has_answers(job, &run_id) {
                eprintln!(
                    "What came so far is kept: aim asin ingest{source} --resume {run_id} asks for the rest"
                );
            }
        })
    })?;
    print(&ingested);
    Ok(ExitCode::SUCCESS)
}

fn check(answers: &[(String, Result<(), CallError>)]) -> anyhow::Result<ExitCode> {
    for (site, answer) in answers {
        match answer {
            Ok(()) => println!("{site}: answers"),
            Err(error) => eprintln!("Error: {site}: {error}"),
        }
    }
    let all = answers.iter().all(|(_, answer)| answer.is_ok());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
