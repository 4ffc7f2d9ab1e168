//! The whole pipeline of a day, stage after stage, with a status that others can watch and a journal that another
//! process can go on with. Every stage replaces what it wrote before for the day: a second run changes nothing.

mod stage;

pub use stage::Stage;

use super::candidates::{self, Candidates};
use super::cloud::Outbox;
use super::frame::Workspace;
use super::quality::Grade;
use super::{Asin, Scope, features, ingest, predict, score, standardize, storage, validate};
use crate::config::Flags;
use crate::record::{Clock, History, Journal, Manifest, Snapshot, Start, StatusRecorder, Terminal};
use crate::runtime::{Runtime, Signal};
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::working_copy::RootLock;
use anyhow::{Context as _, bail};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const MANIFEST_FILE: &str = "output/run_manifest.json";

/// The tables that the stages of a day read.
pub const READS: [&str; 5] = [
    "dim_asin",
    "fact_timeseries_raw",
    "mart_timeseries_daily",
    "features_daily",
    "score_baseline_daily",
];

/// What a run came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The run's id.
    pub run_id: String,
    /// Each stage, how long it took, and what it says.
    pub stages: Vec<(Stage, Duration, String)>,
    /// The candidates; absent where an earlier process wrote them.
    pub candidates: Option<Candidates>,
}

/// A signal ended the run before it was done.
#[derive(Debug, thiserror::Error)]
#[error("Interrupted by {signal}: {remedy}")]
pub struct Interrupted {
    /// The signal.
    pub signal: Signal,
    remedy: String,
}

/// A run that ended early.
pub struct Unfinished {
    lock: RootLock,
    journal: Journal,
    history: History,
}

impl Unfinished {
    /// Finds the run in the job's folder and keeps others out of it.
    ///
    /// # Errors
    ///
    /// When there is no such run, another works there, or another version of the program began it.
    pub fn find(store: &LocalStore, run_id: &str) -> anyhow::Result<Self> {
        let lock = RootLock::acquire(store.root())?;
        if Journal::history(lock.folder(), run_id)?.is_none() {
            let known = Journal::list(lock.folder())?.join(", ");
            let known = if known.is_empty() { "none".to_owned() } else { known };
            bail!("There is no run {run_id} to continue; those that ended early: {known}");
        }
        let (journal, history) = Journal::reopen(lock.folder(), run_id)?;
        if history.start.program != env!("CARGO_PKG_VERSION") {
            bail!("Run {run_id} was begun by version {}: start a new run", history.start.program);
        }
        Ok(Self { lock, journal, history })
    }

    /// Its clock.
    pub fn clock(&self) -> Clock {
        Clock::resumed(self.history.start.now, self.history.start.ahead)
    }

    /// The day and products that it is about.
    ///
    /// # Errors
    ///
    /// When its journal was changed by hand.
    pub fn scope(&self) -> anyhow::Result<Scope> {
        let settings = &self.history.start.settings;
        let date: Option<Date> = settings.get("date").map(|date| date.parse()).transpose()?;
        let asins = settings.get("asins").map(|asins| serde_json::from_str(asins)).transpose()?;
        let limit = settings.get("limit").map(|limit| limit.parse()).transpose()?;
        Ok(Scope { date, asins, limit })
    }
}

fn described(scope: &Scope, model: Option<&Path>) -> anyhow::Result<BTreeMap<String, String>> {
    let mut settings = BTreeMap::new();
    if let Some(model) = model {
        let model =
            model.to_str().with_context(|| format!("{model:?} is no UTF-8 path: rename it"))?;
        settings.insert("model".to_owned(), model.to_owned());
    }
    if let Some(date) = scope.date {
        settings.insert("date".to_owned(), date.to_string());
    }
    if let Some(asins) = &scope.asins {
        settings.insert("asins".to_owned(), serde_json::to_string(asins)?);
    }
    if let Some(limit) = scope.limit {
        settings.insert("limit".to_owned(), limit.to_string());
    }
    Ok(settings)
}

/// Runs the stages of the scope's day, or what is left of them. `model` predicts; absent, that of
/// [`predict::run`], if there is one. An unfinished run goes on with its own.
///
/// # Errors
///
/// The first thing that goes wrong, or [`Interrupted`]. What earlier stages wrote stays; in the cloud tables are as
/// they were.
pub fn run(
    job: &Asin,
    model: Option<PathBuf>,
    unfinished: Option<Unfinished>,
    terminal: Terminal,
) -> anyhow::Result<Outcome> {
    let run_id = job.clock.run_id();
    let (lock, mut journal, history) = match unfinished {
        Some(Unfinished { lock, journal, history }) => (lock, journal, Some(history)),
        None => {
            let lock = RootLock::acquire(job.store.root())?;
            let stages = Stage::ALL.iter().map(|stage| stage.number()).collect();
            let start = Start::new(
                &job.clock,
                Flags::default(),
                stages,
                described(&job.scope, model.as_deref())?,
            );
            let journal = Journal::begin(lock.folder(), &run_id, start)?;
            (lock, journal, None)
        }
    };
    let model = match &history {
        Some(history) => history.start.settings.get("model").map(PathBuf::from),
        None => model,
    };
    let own;
    let runtime = match &job.outbox {
        Some(outbox) => outbox.runtime(),
        None => {
            own = Runtime::start()?;
            &own
        }
    };
    let kept = history.as_ref().map(History::kept);
    let store = Arc::new(job.store.clone());
    let status = StatusRecorder::start(store, &job.clock, terminal, kept)?;
    let done = history.map(|history| history.stages()).unwrap_or_default();
    let mut work = Work {
        job,
        model,
        runtime,
        journal: &mut journal,
        status,
        done: done.iter().map(|number| (*number, 0.0)).collect(),
        manifest: Manifest::new(job.config.mode, false),
        outcome: Outcome { run_id: run_id.clone(), ..Outcome::default() },
        current: None,
    };
    let result = work.run();
    let Work { mut status, outcome, current, manifest, .. } = work;
    if let Some(outbox) = &job.outbox {
        status.cloud(outbox.usage());
    }
    let error = match result {
        Ok(()) => {
            job.store.write(MANIFEST_FILE, &serde_json::to_vec_pretty(&manifest)?)?;
            status.succeed()?;
            // The run cannot be continued any more.
            let journal = lock.folder().join(format!("{run_id}.journal"));
            if let Err(error) = std::fs::remove_file(&journal) {
                tracing::warn!("{} stays: {error}", journal.display());
            }
            return Ok(outcome);
        }
        Err(error) => error,
    };
    let stage = current.map(Stage::name);
    let (recorded, error) = match runtime.signal() {
        Some(signal) => {
            tracing::debug!("stopped: {error:#}");
            let remedy = match &job.outbox {
                None => format!("continue with aim asin run --resume {run_id}"),
                // Nothing is kept there to be continued with.
                Some(outbox) if outbox.has_swapped() => {
                    "BigQuery's tables are replaced: start it again for the rest".to_owned()
                }
                Some(_) => "BigQuery's tables are as they were: start it again".to_owned(),
            };
            let interrupted = Interrupted { signal, remedy };
            (status.interrupt(stage, &interrupted.to_string()), anyhow::Error::new(interrupted))
        }
        None => {
            if job.outbox.is_none() {
                tracing::info!(
                    "What is done is kept: aim asin run --resume {run_id} continues the run"
                );
            }
            (status.fail(stage, &format!("{error:#}")), error)
        }
    };
    if let Err(unwritten) = recorded {
        tracing::warn!("The end of the run could not be recorded: {unwritten:#}");
    }
    Err(error)
}

/// A process at work on a run.
struct Work<'a> {
    job: &'a Asin,
    model: Option<PathBuf>,
    runtime: &'a Runtime,
    journal: &'a mut Journal,
    status: StatusRecorder,
    done: Vec<(u32, f64)>,
    manifest: Manifest,
    outcome: Outcome,
    current: Option<Stage>,
}

impl Work<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        if self.job.outbox.is_some() && self.job.config.database_url.is_some() {
            // Found out before any work is done, which would be lost.
            storage::reach(self.job, self.runtime)?;
        }
        for stage in Stage::ALL {
            self.manifest.stage(stage.name());
            if self.done.iter().any(|(number, _)| *number == stage.number()) {
                continue;
            }
            self.runtime.check()?;
            self.current = Some(stage);
            self.status.log_line(stage.name())?;
            let begun = Instant::now();
            let mut said = self.stage(stage).with_context(|| stage.name())?;
            if self.job.outbox.is_none()
                && let Some(rows) = self.publish(stage.tables()).context(stage.name())?
            {
                said.push_str(&format!(", {rows} rows to PostgreSQL"));
            }
            let took = begun.elapsed();
            tracing::info!("{}: {said}", stage.name());
            self.outcome.stages.push((stage, took, said));
            self.done.push((stage.number(), took.as_secs_f64()));
            self.journal.done(Snapshot {
                stages: self.done.clone(),
                waves_s: 0.0,
                manifest: self.manifest.clone(),
                kept: self.status.kept(),
            })?;
        }
        self.current = None;
        match self.job.outbox.clone() {
            Some(outbox) => self.deliver(&outbox),
            None => Ok(()),
        }
    }

    /// In the cloud all tables change at the end. PostgreSQL's come first: once the rows are in BigQuery, hardly
    /// anything is left to fail there, and a second run writes the same rows to both.
    fn deliver(&mut self, outbox: &Outbox) -> anyhow::Result<()> {
        self.status.log_line("Bringing the tables to BigQuery")?;
        outbox.stage(self.job)?;
        let tables: Vec<&str> =
            Stage::ALL.iter().flat_map(|stage| stage.tables()).copied().collect();
        if let Some(rows) = self.publish(&tables)? {
            tracing::info!("{rows} rows to PostgreSQL");
        }
        outbox.swap()
    }

    /// Writes the day of these tables to PostgreSQL, where there is one; answers how many rows.
    fn publish(&self, tables: &[&str]) -> anyhow::Result<Option<u64>> {
        if self.job.config.database_url.is_none() || tables.is_empty() {
            return Ok(None);
        }
        storage::publish(self.job, self.runtime, tables).map(Some)
    }

    /// Does a stage; answers what it says of itself.
    fn stage(&mut self, stage: Stage) -> anyhow::Result<String> {
        match stage {
            Stage::Predict => return self.predict(),
            Stage::Validate => return self.validate(),
            Stage::Export => return self.export(),
            Stage::Ingest | Stage::Standardize | Stage::Features | Stage::Score => {}
        }
        let job = self.job;
        let workspace = Workspace::open(job, false)?;
        self.runtime.stops(workspace.db());
        Ok(match stage {
            Stage::Ingest => {
                let status = &mut self.status;
                let mut shown = Ok(());
                let mut progress = |done: usize, count: usize| {
                    // A hundred lines at most.
                    if shown.is_ok()
                        && (done == count || done.is_multiple_of(count.div_ceil(100).max(1)))
                    {
                        shown = status.log_line(&format!("Ingested {done} of {count} products"));
                    }
                };
                let run_id = &self.outcome.run_id;
                let ingested = ingest::run(
                    job,
                    &workspace,
                    self.runtime,
                    &ingest::Selection::default(),
                    run_id,
                    &mut progress,
                )?;
                shown?;
                format!(
                    "{} answers, {} dead letters",
                    ingested.answers,
                    ingested.dead_letters.len()
                )
            }
            Stage::Standardize => {
                let quality = standardize::run_in(job, &workspace, &[], None, None)?;
                format!("{} rows of the mart", quality.rows_out)
            }
            Stage::Features => {
                format!("{} rows", features::run_in(job, &workspace, None, None)?)
            }
            _ => format!("{} rows", score::run_in(job, &workspace, None, None)?),
        })
    }

    fn predict(&mut self) -> anyhow::Result<String> {
        let request = predict::Request { model: self.model.clone(), ..predict::Request::default() };
        match predict::missing_model(self.job, &request)? {
            Some(file) => Ok(format!("skipped: there is no model {}", file.display())),
            None => Ok(format!("{} rows", predict::run(self.job, &request)?)),
        }
    }

    fn validate(&mut self) -> anyhow::Result<String> {
        let found = validate::run(self.job, None)?;
        let reasons = found.reasons.join("; ");
        match found.status {
            Grade::Passed => Ok("passed".to_owned()),
            Grade::Warning => {
                tracing::warn!("{reasons}");
                Ok(format!("warning: {reasons}"))
            }
            Grade::Failed => bail!("The mart is not good enough: {reasons}"),
        }
    }

    fn export(&mut self) -> anyhow::Result<String> {
        let top = self.job.settings.scoring.rank_min;
        let request = candidates::Request { top, ..candidates::Request::default() };
        let candidates = candidates::run(self.job, &request)?;
        let name = candidates.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.status.output_file(&name);
        let said = format!("{} candidates", candidates.rows);
        self.outcome.candidates = Some(candidates);
        Ok(said)
    }
}
