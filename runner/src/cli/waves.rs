//! `aim waves`.

use super::config::SettingArgs;
use crate::config::{Config as Settings, Environment};
use crate::jobs::aim::{self, Answers, SearchComparison};
use crate::secret::Secret;
use crate::waves::{Engine, Faults, Options, Running, Standin};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use duckdb::{AccessMode, Config, Connection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Environment variable of the password, shared with the client.
const PASSWORD_VARIABLE: &str = "AIM_SERVICE_PASSWORD";

/// What can be done with the stand-in.
#[derive(Debug, Subcommand)]
pub enum WavesCommand {
    /// Serve the stand-in over HTTP, on 127.0.0.1, until Ctrl-C or SIGTERM
    Serve(ServeArgs),
    /// Ask for the runlist's first CAMs twice, with the model's web search and without, and compare tokens
    CompareSearch(CompareArgs),
}

/// How many CAMs, of which runlist.
#[derive(Debug, Args)]
pub struct CompareArgs {
    #[command(flatten)]
    settings: SettingArgs,
    /// CAMs to ask for, each twice: they are paid
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    cams: u32,
}

/// What the stand-in serves, and how.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Local root of a run: candidates come from its warehouse.duckdb
    #[arg(long, value_name = "DIR")]
    root: PathBuf,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Password /login accepts; AIM_SERVICE_PASSWORD if not given
    #[arg(long)]
    password: Option<Secret>,
    #[command(flatten)]
    faults: Faults,
}

/// Runs a `waves` command.
pub fn run(command: &WavesCommand, environment: &Environment) -> anyhow::Result<()> {
    match command {
        WavesCommand::Serve(args) => serve(args, environment),
        WavesCommand::CompareSearch(args) => compare_search(args, environment),
    }
}

fn compare_search(args: &CompareArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = Settings::load(environment, &args.settings.flags()).config?;
    let SearchComparison { cams, on, off, same } =
        aim::compare_search(&config, args.cams as usize)?;
    println!("{cams} CAMs, asked for with the web search and without\n");
    println!("{:<24} {:>14} {:>14}", "", "search on", "search off");
    let row = |name: &str, value: &dyn Fn(&Answers) -> String| {
        println!("{name:<24} {:>14} {:>14}", value(&on), value(&off));
    };
    row("CAMs with products", &|side| side.succeeded.to_string());
    row("prompt tokens", &|side| side.tokens.prompt_token_count.to_string());
    row("candidate tokens", &|side| side.tokens.candidates_token_count.to_string());
    row("all tokens", &|side| side.tokens.total_token_count.to_string());
    row("GBP", &|side| format!("{:.5}", side.gbp));
    row("seconds", &|side| format!("{:.2}", side.took.as_secs_f64()));
    println!("\nThe same products: {same} of {cams} CAMs");
    Ok(())
}

fn serve(args: &ServeArgs, environment: &Environment) -> anyhow::Result<()> {
    let engine = load(&args.root)?;
    let rows = engine.len();
    let password = password(args, environment);
    if password.is_none() {
        eprintln!("No password: every login will fail; give --password or {PASSWORD_VARIABLE}");
    }
    let options = Options { port: args.port, password, faults: args.faults.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("Could not start the runtime")?;
    runtime.block_on(async {
        let running = Standin::start(Arc::new(engine), options).await.with_context(|| {
            format!("Could not listen on 127.0.0.1:{}; choose another --port, or 0", args.port)
        })?;
        println!("Serving {rows} candidates at {}", running.url());
        until_stopped().await?;
        finish(running).await
    })
}

/// Reads the candidates and closes the warehouse again, so that a job can write it meanwhile.
fn load(root: &Path) -> anyhow::Result<Engine> {
    let path = root.join("warehouse.duckdb");
    if !path.is_file() {
        bail!(
            "No warehouse at {}; run the job there first, or give another --root",
            path.display()
        );
    }
    let open = || {
        let config = Config::default().access_mode(AccessMode::ReadOnly)?;
        Connection::open_with_flags(&path, config)
    };
    let warehouse = open().with_context(|| {
        format!("Could not open {} for reading; is a job writing it?", path.display())
    })?;
    let engine = Engine::load(&warehouse).with_context(|| path.display().to_string())?;
    if engine.is_empty() {
        bail!("{} holds no candidates; let stage 3 of the job write them first", path.display());
    }
    Ok(engine)
}

fn password(args: &ServeArgs, environment: &Environment) -> Option<Secret> {
    let given = args.password.clone();
    given
        .or_else(|| environment.get(PASSWORD_VARIABLE).map(Secret::new))
        .filter(|password| !password.expose().is_empty())
}

async fn until_stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("Could not listen to SIGTERM")?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.context("Could not listen to Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

async fn finish(running: Running) -> anyhow::Result<()> {
    let counts = running.counts();
    running.stop().await.context("The stand-in did not end properly")?;
    let pages =
        if counts.pages > 0 { format!(" and {} page calls", counts.pages) } else { String::new() };
    println!("Served {} CAMs in {} batch calls{pages}", counts.cams, counts.batches);
    Ok(())
}
