//! The growth job: load sales and tyres, score tyres, ask Waves for products, write the dashboards'
//! tables. [`run`] is the whole of it; the stages are in the files beside.

mod choices;
pub mod dashboards;
mod publish;
mod recommend;
mod reference;
mod runlist;
mod sources;
mod stage;
mod tables;
mod tyre_score;

pub use choices::Choices;
pub use stage::{Selection, Stage};

use crate::config::Config;
use crate::context::Context;
use crate::record::{BatchStore, Clock, Manifest, RunLog, StatusRecorder};
use crate::serving::Publisher;
use crate::store::{LocalStore, ObjectStore};
use crate::warehouse::template::render;
use crate::warehouse::working_copy::{RootLock, WorkingCopy};
use anyhow::Context as _;
use minijinja::context;
use std::rc::Rc;
use std::time::{Duration, Instant};

const MANIFEST_FILE: &str = "output/run_manifest.json";

/// What a run came to, for whoever started it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The run's id.
    pub run_id: String,
    /// Each stage and how long it took.
    pub stages: Vec<(Stage, Duration)>,
    /// How long of it Waves took.
    pub waves: Duration,
    /// Rows kept aside: source, reason, count.
    pub rejected: Vec<[String; 3]>,
    /// The published tables and their rows; empty without a database.
    pub published: Vec<(String, u64)>,
}

/// Runs the selected stages.
///
/// Tables and published data change at the very end, all at once; the status file tells how far the
/// run is, and why it failed.
///
/// # Errors
///
/// The first thing that goes wrong; then the tables of the previous run are untouched.
pub fn run(config: Config, clock: &Clock, selection: &Selection) -> anyhow::Result<Outcome> {
    let store = Rc::new(LocalStore::new(&config.local_root)?);
    // Before anything is written: the files of a run that is under way are not ours.
    let lock = RootLock::acquire(store.root())?;
    let status = StatusRecorder::start(Rc::clone(&store) as Rc<dyn ObjectStore>, clock)?;
    let mut log = RunLog { status, manifest: Manifest::new(config.dry_run) };
    let mut current = None;
    let result = run_stages(config, clock, selection, &store, &lock, &mut log, &mut current);
    let manifest = serde_json::to_vec_pretty(&log.manifest)?;
    match result {
        Ok(outcome) => {
            store.write(MANIFEST_FILE, &manifest)?;
            log.status.succeed()?;
            Ok(outcome)
        }
        Err(error) => {
            let status = log.status.fail(current.map(Stage::name), &format!("{error:#}"));
            // Where the disk is full neither may be possible; the first error is the one to report.
            if let Err(unwritten) = status.and_then(|()| store.write(MANIFEST_FILE, &manifest)) {
                tracing::warn!("The failure could not be recorded: {unwritten:#}");
            }
            Err(error)
        }
    }
}

/// Records that a run could not even begin, where that is possible at all.
pub fn record_refusal(root: &std::path::Path, clock: &Clock, error: &str) {
    let record = || -> anyhow::Result<()> {
        let store = Rc::new(LocalStore::new(root)?);
        let _lock = RootLock::acquire(store.root())?;
        StatusRecorder::start(store, clock)?.fail(None, error)
    };
    if let Err(unwritten) = record() {
        tracing::debug!("the refusal could not be recorded: {unwritten:#}");
    }
}

fn run_stages(
    config: Config,
    clock: &Clock,
    selection: &Selection,
    store: &Rc<LocalStore>,
    lock: &RootLock,
    log: &mut RunLog,
    current: &mut Option<Stage>,
) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("The runtime does not start")?;
    // A database that cannot be reached is found out before any work is done.
    let publisher = match config.database_url.as_ref().filter(|_| !config.dry_run) {
        Some(url) => Some(runtime.block_on(Publisher::connect(url))?),
        None => None,
    };
    let run_id = clock.run_id();
    let copy = WorkingCopy::begin(store.root(), &run_id, lock)?;
    let warehouse = copy.open(&engine_settings(&config)).context(
        "The engine does not start: check AIM_THREADS and AIM_MEMORY_LIMIT, if they are set",
    )?;
    let batches = BatchStore::open(&copy.scratch(&format!("{run_id}.batches")))?;
    let mut context = Context {
        config,
        clock: clock.clone(),
        run_id: run_id.clone(),
        store: Rc::clone(store),
        copy,
        warehouse,
        batches,
        log,
        runtime,
    };
    let mut outcome = Outcome { run_id: run_id.clone(), ..Outcome::default() };
    context.execute(&[render("aim/rejected_rows.sql", context! { run_id })?])?;
    reference::load(&context)?;
    let stages = selection.stages(&Choices::of(context.config.compat));
    // Also what later stages read: Waves is paid before they begin.
    for &stage in &stages {
        tables::require(&context, &tables::from_outside(stage)).context(stage.name())?;
    }
    for stage in stages {
        *current = Some(stage);
        let started = Instant::now();
        context.log.manifest.stage(stage.name());
        tracing::info!("Starting {}", stage.name());
        context.log.status.log_line(&format!("Starting {}", stage.name()))?;
        run_stage(stage, &mut context, &mut outcome).context(stage.name())?;
        outcome.stages.push((stage, started.elapsed()));
    }
    *current = None;
    context.execute(&[render("aim/clear_run.sql", context! {})?])?;
    outcome.rejected = rejected(&context)?;
    if let Some(publisher) = publisher {
        outcome.published = publish::publish(&context, publisher)?;
    }
    let Context { config, copy, warehouse, batches, .. } = context;
    batches.discard()?;
    if config.dry_run {
        copy.discard(warehouse)?;
    } else {
        copy.publish(warehouse)?;
    }
    Ok(outcome)
}

fn run_stage(stage: Stage, context: &mut Context<'_>, outcome: &mut Outcome) -> anyhow::Result<()> {
    match stage {
        Stage::LoadData => sources::load(context),
        Stage::Placeholder => Ok(()),
        Stage::TyreScore => tyre_score::run(context),
        Stage::BatchRecommender => {
            outcome.waves = recommend::run(context)?;
            Ok(())
        }
        Stage::Validation
        | Stage::CoreTables
        | Stage::DashboardTables
        | Stage::OutputCore
        | Stage::DashboardOutput => dashboards::run(context, stage),
    }
}

fn engine_settings(config: &Config) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    if let Some(threads) = config.threads {
        settings.push(("threads", threads.to_string()));
    }
    if let Some(limit) = &config.memory_limit {
        settings.push(("memory_limit", limit.clone()));
    }
    settings
}

fn rejected(context: &Context<'_>) -> anyhow::Result<Vec<[String; 3]>> {
    let query = render("aim/rejected_counts.sql", context! { run_id => &*context.run_id })?;
    let rows = context.warehouse.rows(&query)?;
    let texts = |row: Vec<Option<String>>| row.into_iter().map(Option::unwrap_or_default);
    Ok(rows.into_iter().filter_map(|row| texts(row).collect::<Vec<_>>().try_into().ok()).collect())
}
