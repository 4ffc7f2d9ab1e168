//! `aim run`.

use super::config::SettingArgs;
use super::logging;
use crate::cloud::UsageReport;
use crate::config::{Config, Environment, Flags, Mode};
use crate::jobs::aim::cloud::{self, CloudJob, CloudOutcome};
use crate::jobs::aim::{self, Job, Outcome, Selection, Stage, Unfinished};
use crate::record::{Clock, Terminal};
use anyhow::ensure;
use clap::Args;
use jiff::Timestamp;

/// What runs, where, and when it believes to run.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct RunArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// Run these stages only, in the job's order
    #[arg(long, value_name = "N[,N…]", value_delimiter = ',')]
    stage: Vec<Stage>,
    /// Run this stage and those after it; the order is 1, 2, 3, 4, 6, 7, 5, 8, 9
    #[arg(long, value_name = "N", conflicts_with = "stage")]
    from: Option<Stage>,
    /// The clock's time when the run begins, as 2026-03-15T07:15:00Z [default: the system's clock]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Continue a run that was killed, interrupted or failed, with its clock, stages and flags
    #[arg(
        long,
        value_name = "RUN_ID",
        conflicts_with_all = ["stage", "from", "now", "run_mode", "dry_run"]
    )]
    resume: Option<String>,
}

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 130 and 143 interrupted by SIGINT \
    (Ctrl-C) and SIGTERM; failed and interrupted runs can be continued with --resume";

/// Why a run in the cloud is not continued.
pub(super) const NOTHING_TO_CONTINUE: &str = "--resume has no place in AIM_MODE=cloud: such a run leaves nothing to continue, start a new one";

/// Runs the job and says what came out.
pub(super) fn run(args: &RunArgs, environment: &Environment) -> anyhow::Result<()> {
    let terminal = Terminal::new();
    logging::start(terminal.clone(), environment)?;
    let result = start(args, environment, &terminal);
    terminal.end();
    result
}

fn start(args: &RunArgs, environment: &Environment, terminal: &Terminal) -> anyhow::Result<()> {
    let given = args.settings.flags();
    if Config::load(environment, &given).mode == Mode::Cloud {
        return start_in_cloud(args, environment, given, terminal);
    }
    let unfinished = match &args.resume {
        Some(run_id) => {
            let root = Config::load(environment, &given).local_root;
            Some(Unfinished::find(&root, run_id)?)
        }
        None => None,
    };
    let flags = match &unfinished {
        Some(unfinished) => unfinished.flags(given.local_root),
        None => given,
    };
    let loaded = Config::load(environment, &flags);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let (config, clock, selection) = match &unfinished {
        Some(unfinished) => {
            let config = loaded.config?;
            unfinished.check(&loaded.settings)?;
            (config, unfinished.clock(), unfinished.selection())
        }
        None => {
            let clock = Clock::new(args.now);
            let config = loaded.config.inspect_err(|error| {
                let (root, terminal) = (&loaded.local_root, terminal.clone());
                aim::record_refusal(root, &clock, terminal, &error.to_string());
            })?;
            (config, clock, Selection { only: args.stage.clone(), from: args.from })
        }
    };
    let (root, dry_run) = (config.local_root.clone(), config.dry_run);
    let settings = loaded.settings;
    let (started, remote) = (clock.clone(), None);
    let job = Job { config, settings, flags, clock, selection, unfinished, remote };
    let outcome = aim::run(job, terminal.clone())?;
    print(&outcome, &started, None);
    println!("\nResults");
    if dry_run {
        println!("  dry run: no table was changed");
    } else {
        println!("  tables  {}", root.join("warehouse.duckdb").display());
    }
    println!("  files   {}", root.join("output").display());
    Ok(())
}

fn start_in_cloud(
    args: &RunArgs,
    environment: &Environment,
    flags: Flags,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    ensure!(args.resume.is_none(), NOTHING_TO_CONTINUE);
    let clock = Clock::new(args.now);
    let selection = Selection { only: args.stage.clone(), from: args.from };
    let (started, terminal) = (clock.clone(), terminal.clone());
    let job = CloudJob { environment, flags, clock, selection, terminal };
    let CloudOutcome { outcome, usage, files, dry_run } = cloud::run(job)?;
    print(&outcome, &started, Some(&usage));
    println!("\nResults");
    println!("  {}", if dry_run { "dry run: no table was changed" } else { "tables  in BigQuery" });
    println!("  files   {files}");
    Ok(())
}

fn print(outcome: &Outcome, clock: &Clock, usage: Option<&UsageReport>) {
    println!("\nRun {} succeeded", outcome.run_id);
    for (stage, duration) in &outcome.stages {
        println!("  {:<28} {:>8.2} s", stage.name(), duration.as_secs_f64());
    }
    let total = clock.elapsed();
    println!(
        "  {:<28} {:>8.2} s, of which Waves {:.2} s",
        "Total",
        total.as_secs_f64(),
        outcome.waves.as_secs_f64()
    );
    if !outcome.rejected.is_empty() {
        println!("\nKept aside (table AIM.\"aim-rejected-rows\")");
        for [source, reason, count] in &outcome.rejected {
            println!("  {count:>8}  {source}: {reason}");
        }
    }
    if !outcome.published.is_empty() {
        println!("\nPublished to PostgreSQL");
        for (table, rows) in &outcome.published {
            println!("  {rows:>8}  {table}");
        }
    }
    if outcome.cost.is_some() || usage.is_some() {
        println!("\nCost");
    }
    if let Some(cost) = &outcome.cost {
        println!("{cost}");
    }
    if let Some(usage) = usage {
        println!("{usage}");
    }
}
