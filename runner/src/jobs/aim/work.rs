//! What one process does of a run: the preparation, the stages, the end; or what is left of them.

use super::cloud::Remote;
use super::{
    Outcome, Stage, boundary, dashboards, inputs, publish, recommend, reference, repeated, sources,
    tables, tyre_score,
};
use crate::config::{Config, Scoring};
use crate::context::Context;
use crate::record::{BatchStore, Clock, Closing, History, Inputs, Journal, RunLog, Snapshot};
use crate::runtime::Runtime;
use crate::serving::Publisher;
use crate::store::LocalStore;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, render};
use crate::warehouse::working_copy::{RootLock, WAREHOUSE_FILE, WorkingCopy};
use anyhow::{Context as _, bail};
use minijinja::context;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes that the engine may take, unless `AIM_MEMORY_LIMIT` says otherwise: more is hardly faster, and what
/// does not fit goes to disk.
const MEMORY_LIMIT: u64 = 2 << 30;

/// A process at work on a run.
pub(super) struct Work<'a> {
    store: &'a Arc<LocalStore>,
    lock: &'a RootLock,
    journal: &'a mut Journal,
    runtime: &'a Runtime,
    log: &'a mut RunLog,
    /// What another process did of the run.
    history: Option<History>,
    remote: Option<&'a Remote>,
    current: Option<Stage>,
    prepared: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        store: &'a Arc<LocalStore>,
        lock: &'a RootLock,
        journal: &'a mut Journal,
        runtime: &'a Runtime,
        log: &'a mut RunLog,
        history: Option<History>,
        remote: Option<&'a Remote>,
    ) -> Self {
        let prepared = history.as_ref().is_some_and(|history| history.last.is_some());
        Self { store, lock, journal, runtime, log, history, remote, current: None, prepared }
    }

    /// The stage that has begun and not ended.
    pub(super) fn current(&self) -> Option<Stage> {
        self.current
    }

    /// Whether there is something to continue.
    pub(super) fn is_prepared(&self) -> bool {
        self.prepared
    }

    /// Does what is left of the stages.
    pub(super) fn run(
        &mut self,
        config: Config,
        clock: &Clock,
        stages: &[Stage],
    ) -> anyhow::Result<Outcome> {
        let run_id = clock.run_id();
        let closing = self.history.as_ref().and_then(|history| history.closing.clone());
        if let Some(closing) = &closing
            && WorkingCopy::is_gone(&run_id, self.lock)
        {
            return self.was_put_in_place(&run_id, closing, config.dry_run);
        }
        // A database that cannot be reached is found out before any work is done.
        let publisher = match &config.database_url {
            Some(url) if !config.dry_run && closing.is_none() => {
                Some(self.runtime.block_on(Publisher::connect(url))?)
            }
            _ => None,
        };
        let copy = self.copy(&run_id, &config, stages)?;
        let warehouse = copy.open(&engine_settings(&config)).context(
            "The engine does not start: check AIM_THREADS and AIM_MEMORY_LIMIT, if they are set",
        )?;
        if config.memory_limit.is_none() {
            warehouse.set_memory_limit(warehouse.memory_limit()?.min(MEMORY_LIMIT))?;
        }
        self.runtime.stops(&warehouse);
        let done = self.done(&warehouse, closing.is_some())?;
        let mut outcome = Outcome { run_id: run_id.clone(), ..Outcome::default() };
        let batches = BatchStore::open(&copy.scratch(&format!("{run_id}.batches")))?;
        let mut context = Context {
            config,
            clock: clock.clone(),
            run_id,
            store: Arc::clone(self.store),
            copy,
            warehouse,
            batches,
            log: self.log,
            runtime: self.runtime,
        };
        match done {
            Some(snapshot) => restore(snapshot, context.log, &mut outcome),
            None => {
                prepare(&mut context, stages)?;
                boundary::pass(&context, self.journal, snapshot(&context, &outcome))?;
                self.prepared = true;
            }
        }
        let is_done = |stage: &&Stage| outcome.stages.iter().any(|(done, _)| done == *stage);
        let left: Vec<Stage> = stages.iter().filter(|stage| !is_done(stage)).copied().collect();
        for stage in left {
            self.current = Some(stage);
            run_stage(stage, &mut context, self.remote, &mut outcome).context(stage.name())?;
            boundary::pass(&context, self.journal, snapshot(&context, &outcome))?;
        }
        self.current = None;
        let closing = match closing {
            Some(closing) => closing,
            None => {
                if let Some(remote) = self.remote.filter(|_| !context.config.dry_run) {
                    remote.stage(&context, stages)?;
                }
                let closing = close(&context, self.journal, publisher)?;
                if let Some(remote) = self.remote.filter(|_| !context.config.dry_run) {
                    remote.swap()?;
                }
                closing
            }
        };
        context.execute(&[clear_run()?])?;
        let Context { config, copy, warehouse, .. } = context;
        if config.dry_run {
            copy.discard(warehouse)?;
        } else {
            copy.publish(warehouse)?;
        }
        Ok(Outcome { rejected: closing.rejected, published: closing.published, ..outcome })
    }

    /// The run's copy: a new one, or the one it had, if everything it began with is as it was.
    fn copy(
        &mut self,
        run_id: &str,
        config: &Config,
        stages: &[Stage],
    ) -> anyhow::Result<WorkingCopy> {
        let done = self.history.as_ref().map(History::stages).unwrap_or_default();
        let left: Vec<Stage> =
            stages.iter().filter(|stage| !done.contains(&stage.number())).copied().collect();
        let files = inputs::files(self.store, config, self.prepared, &left)?;
        let before = self.history.as_ref().and_then(|history| history.inputs.as_ref());
        if let Some(before) = before {
            inputs::check(self.store, before, &files)?;
        }
        let root = self.store.root();
        let copy = if self.prepared {
            WorkingCopy::resume(root, run_id, self.lock)?
        } else {
            WorkingCopy::begin(root, run_id, self.lock)?
        };
        match before {
            Some(before) if before.warehouse != copy.mark() => bail!(
                "{} has changed since the run began, and would lose the change: start a new run",
                root.join(WAREHOUSE_FILE).display()
            ),
            Some(_) => {}
            None => self.journal.inputs(Inputs { files, warehouse: copy.mark().to_owned() })?,
        }
        Ok(copy)
    }

    /// How far the copy is that was taken up again; none of a new one.
    fn done(&mut self, warehouse: &DuckDb, closing: bool) -> anyhow::Result<Option<Snapshot>> {
        let Some(last) = self.history.as_ref().and_then(|history| history.last.as_ref()) else {
            return Ok(None);
        };
        // A run that was closing may have removed its own tables.
        let done =
            if closing { last.clone() } else { boundary::find(warehouse, self.journal, last)? };
        Ok(Some(done))
    }

    /// The little that is left when the copy is in the warehouse's place already.
    fn was_put_in_place(
        &mut self,
        run_id: &str,
        closing: &Closing,
        dry_run: bool,
    ) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome {
            run_id: run_id.to_owned(),
            rejected: closing.rejected.clone(),
            published: closing.published.clone(),
            ..Outcome::default()
        };
        if let Some(last) = self.history.as_ref().and_then(|history| history.last.clone()) {
            restore(last, self.log, &mut outcome);
        }
        self.log.manifest.executed(&clear_run()?, self.store.root());
        if !dry_run {
            WorkingCopy::finish_publishing(&self.store.root().join(WAREHOUSE_FILE))?;
        }
        Ok(outcome)
    }
}

/// What the stages work on: the reference tables, and nothing of an earlier run with this id.
fn prepare(context: &mut Context<'_>, stages: &[Stage]) -> anyhow::Result<()> {
    reference::load(context)?;
    let run_id = context.run_id.clone();
    context.execute(&[render("aim/rejected_rows.sql", context! { run_id })?])?;
    // Also what later stages read: Waves is paid before they begin.
    for stage in stages {
        tables::require(context, &tables::from_outside(*stage)).context(stage.name())?;
    }
    repeated::from_outside(context, stages)
}

fn run_stage(
    stage: Stage,
    context: &mut Context<'_>,
    remote: Option<&Remote>,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let started = Instant::now();
    context.log.manifest.stage(stage.name());
    context.log.status.log_line(&format!("Starting {}", stage.name()))?;
    match stage {
        Stage::LoadData => sources::load(context)?,
        Stage::Placeholder => {}
        Stage::TyreScore => match remote.filter(|_| context.config.scoring == Scoring::Warehouse) {
            Some(remote) => remote.score(context)?,
            None => tyre_score::run(context)?,
        },
        Stage::BatchRecommender => outcome.waves = recommend::run(context)?,
        Stage::Validation
        | Stage::CoreTables
        | Stage::DashboardTables
        | Stage::OutputCore
        | Stage::DashboardOutput => dashboards::run(context, stage)?,
    }
    outcome.stages.push((stage, started.elapsed()));
    Ok(())
}

/// The last thing that can fail outside of this machine, and the last word about the rows.
fn close(
    context: &Context<'_>,
    journal: &mut Journal,
    publisher: Option<Publisher>,
) -> anyhow::Result<Closing> {
    let rejected = rejected(context)?;
    let published = match publisher {
        Some(publisher) => publish::publish(context, publisher)?,
        None => Vec::new(),
    };
    let closing = Closing { rejected, published };
    journal.closing(closing.clone())?;
    Ok(closing)
}

fn clear_run() -> anyhow::Result<Statement> {
    render("aim/clear_run.sql", context! {})
}

fn snapshot(context: &Context<'_>, outcome: &Outcome) -> Snapshot {
    let stages = outcome.stages.iter();
    Snapshot {
        stages: stages.map(|(stage, took)| (stage.number(), took.as_secs_f64())).collect(),
        waves_s: outcome.waves.as_secs_f64(),
        manifest: context.log.manifest.clone(),
        kept: context.log.status.kept(),
    }
}

fn restore(snapshot: Snapshot, log: &mut RunLog, outcome: &mut Outcome) {
    let done = snapshot.stages.iter().filter_map(|(number, seconds)| {
        let stage = Stage::ALL.into_iter().find(|stage| stage.number() == *number)?;
        Some((stage, Duration::from_secs_f64(*seconds)))
    });
    outcome.stages = done.collect();
    outcome.waves = Duration::from_secs_f64(snapshot.waves_s);
    log.manifest = snapshot.manifest;
    log.status.keep(snapshot.kept);
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
