//! The growth job: load sales and tyres, score tyres, ask Waves for products, write the dashboards'
//! tables. [`run`] is the whole of it; the stages are in the files beside.

mod boundary;
mod choices;
pub mod cloud;
mod csv;
pub mod dashboards;
mod inputs;
mod publish;
mod recommend;
mod reference;
mod repeated;
mod runlist;
mod search;
mod sources;
mod stage;
mod tables;
pub mod tyre_score;
mod unfinished;
mod work;

pub use choices::Choices;
use cloud::Remote;
pub use search::{Answers, SearchComparison, compare_search};
pub use stage::{Selection, Stage};
pub use unfinished::Unfinished;

use crate::config::{Config, Flags, Setting};
use crate::record::{
    Clock, CostReport, Journal, Manifest, RunLog, Start, StatusRecorder, Terminal,
};
use crate::runtime::{Runtime, Signal};
use crate::store::{LocalStore, ObjectStore};
use crate::warehouse::working_copy::{self, RootLock};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use work::Work;

const MANIFEST_FILE: &str = "output/run_manifest.json";

/// How many runs that did not end leave their files for being continued. Each has a copy of the
/// warehouse. A run that succeeds removes them all: it replaced the warehouse they began with.
const KEPT_RUNS: usize = 2;

/// What is to be run.
pub struct Job {
    /// The settings.
    pub config: Config,
    /// The settings as they are shown.
    pub settings: Vec<Setting>,
    /// The flags among them.
    pub flags: Flags,
    /// The run's clock.
    pub clock: Clock,
    /// The stages.
    pub selection: Selection,
    /// The run to continue; absent, a new one begins.
    pub unfinished: Option<Unfinished>,
    /// Where the tables go at the end, of a run in the cloud.
    pub remote: Option<Arc<Remote>>,
}

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
    /// What Waves cost, where it was asked.
    pub cost: Option<CostReport>,
}

/// A signal ended the run before it was done.
#[derive(Debug, thiserror::Error)]
#[error("Interrupted by {signal}: {remedy}")]
pub struct Interrupted {
    /// The signal.
    pub signal: Signal,
    remedy: String,
}

impl Interrupted {
    fn resumable(signal: Signal, run_id: &str) -> Self {
        Self { signal, remedy: format!("continue with aim run --resume {run_id}") }
    }
}

/// Runs the selected stages, or what is left of them.
///
/// Tables and published data change at the very end, all at once; the status file tells how far the
/// run is, and why it failed. A run that does not end, whatever the reason, can be continued.
///
/// # Errors
///
/// The first thing that goes wrong, or [`Interrupted`]; then the tables of the previous run are
/// untouched.
pub fn run(job: Job, terminal: Terminal) -> anyhow::Result<Outcome> {
    let Job { config, settings, flags, clock, selection, unfinished, remote } = job;
    let run_id = clock.run_id();
    let stages = selection.stages(&Choices::of(config.compat));
    let store = Arc::new(LocalStore::new(&config.local_root)?);
    let (lock, mut journal, history) = match unfinished {
        Some(Unfinished { lock, journal, history }) => (lock, journal, Some(history)),
        None => {
            // Before anything is written: the files of a run that is under way are not ours.
            let lock = RootLock::acquire(store.root())?;
            let numbers = stages.iter().map(|stage| stage.number()).collect();
            let start = Start::new(&clock, flags, numbers, unfinished::by_name(&settings));
            let journal = begin(&store, &lock, &run_id, start)?;
            (lock, journal, None)
        }
    };
    let own;
    let runtime = match &remote {
        Some(remote) => remote.runtime(),
        None => {
            own = Runtime::start()?;
            &own
        }
    };
    let is_new = history.is_none();
    let kept = history.as_ref().map(|history| history.kept());
    let status = StatusRecorder::start(Arc::clone(&store) as _, &clock, terminal, kept);
    let status = status.inspect_err(|_| forget(&lock, &run_id, is_new))?;
    let dry_run = config.dry_run;
    let manifest = Manifest::new(config.mode, dry_run);
    let mut log = RunLog { status, manifest };
    let remote = remote.as_deref();
    let mut work = Work::new(&store, &lock, &mut journal, runtime, &mut log, history, remote);
    let result = work.run(config, &clock, &stages);
    let (current, prepared) = (work.current(), work.is_prepared());
    let manifest = serde_json::to_vec_pretty(&log.manifest)?;
    if let Some(remote) = remote {
        log.status.cloud(remote.usage());
    }
    let ended = result.and_then(|outcome| {
        store.write(MANIFEST_FILE, &manifest)?;
        log.status.succeed()?;
        Ok(outcome)
    });
    let error = match ended {
        Ok(outcome) => {
            clear_up(&lock, &run_id, dry_run);
            return Ok(Outcome { cost: log.status.kept().report(), ..outcome });
        }
        Err(error) => error,
    };
    let stage = current.map(Stage::name);
    let (recorded, error) = match runtime.signal() {
        Some(signal) => {
            tracing::debug!("stopped: {error:#}");
            let interrupted = match remote {
                // Nothing is kept there to be continued with.
                Some(remote) => remote.interrupted(signal),
                None => Interrupted::resumable(signal, &run_id),
            };
            let recorded = log.status.interrupt(stage, &interrupted.to_string());
            (recorded, anyhow::Error::new(interrupted))
        }
        None => {
            forget(&lock, &run_id, !prepared);
            if prepared && remote.is_none() {
                tracing::info!("What is done is kept: aim run --resume {run_id} continues the run");
            }
            (log.status.fail(stage, &format!("{error:#}")), error)
        }
    };
    // Where the disk is full neither may be possible; the first error is the one to report.
    if let Err(unwritten) = recorded.and_then(|()| store.write(MANIFEST_FILE, &manifest)) {
        tracing::warn!("The end of the run could not be recorded: {unwritten:#}");
    }
    Err(error)
}

/// Makes room for a new run, and begins its journal.
fn begin(
    store: &LocalStore,
    lock: &RootLock,
    run_id: &str,
    start: Start,
) -> anyhow::Result<Journal> {
    working_copy::forget(lock, run_id)?;
    recommend::forget_requests(store, run_id)?;
    let mut kept = Journal::list(lock.folder())?;
    kept.truncate(KEPT_RUNS);
    working_copy::collect(lock, &kept)?;
    Journal::begin(lock.folder(), run_id, start)
}

/// Removes what a run that succeeded has no more use for. Others cannot be continued either, unless
/// the warehouse stayed as it was.
fn clear_up(lock: &RootLock, run_id: &str, dry_run: bool) {
    let cleared =
        if dry_run { working_copy::forget(lock, run_id) } else { working_copy::collect(lock, &[]) };
    if let Err(error) = cleared {
        tracing::warn!("Files of runs that ended stay: {error:#}");
    }
}

/// Removes a run's own files, if there is no use in them.
fn forget(lock: &RootLock, run_id: &str, useless: bool) {
    if useless && let Err(error) = working_copy::forget(lock, run_id) {
        tracing::warn!("Files of the run stay: {error:#}");
    }
}

/// Records that a run could not even begin, where that is possible at all.
pub fn record_refusal(root: &Path, clock: &Clock, terminal: Terminal, error: &str) {
    let record = || -> anyhow::Result<()> {
        let store = Arc::new(LocalStore::new(root)?);
        let _lock = RootLock::acquire(store.root())?;
        StatusRecorder::start(store, clock, terminal, None)?.fail(None, error)
    };
    if let Err(unwritten) = record() {
        tracing::debug!("the refusal could not be recorded: {unwritten:#}");
    }
}
