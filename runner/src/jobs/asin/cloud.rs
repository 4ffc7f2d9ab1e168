//! The pipeline with its tables in BigQuery: those that a command reads are copied to a folder of this machine,
//! where it works as everywhere else; the rows that it wrote go back at the very end, all at once. Settings and
//! models are read from the bucket, what a command leaves in files goes there.

mod outbox;
mod score;

pub use outbox::Outbox;

use super::frame::{SCHEMA, Workspace, columns};
use super::registry::Registry;
use super::run::Interrupted;
use super::{Asin, FOLDER};
use crate::cloud::{
    Identity, Mirror, SECRET_SCHEME, Scratch, Secrets, Session, Staged, UsageReport,
};
use crate::config::Config;
use crate::record::{Clock, StatusRecorder, Terminal};
use crate::runtime::Runtime;
use crate::store::{GcsStore, LocalStore, ObjectStore as _, ObjectUri, segments};
use crate::warehouse::bigquery::TablePath;
use crate::warehouse::template::{Statement, render};
use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;
use outbox::{Change, Rows};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tables under way at once.
const PARALLEL: usize = 4;

/// Files under way at once.
const FILES: usize = 16;

/// How long files may take after a signal: Cloud Run leaves ten seconds for everything.
const LAST_MOMENTS: Duration = Duration::from_secs(3);

/// Files that a command reads from the bucket, if they are there; the model besides.
const READ: [&str; 3] = ["config/settings.yaml", "config/labeling.yaml", "runs/registry.json"];

/// Folders whose files go to the bucket.
const KEPT: [&str; 4] = ["output", "exports", "raw_data", "reports"];

/// Does a command's work with the job's tables in the cloud. `make` reads the job's settings below a root, and the
/// list of its products: a copy of `listed`, where that is given. `reads` says which tables the work reads. Somebody
/// waits for the status of work that is `watched`.
///
/// # Errors
///
/// The first thing that goes wrong; then BigQuery's tables are as they were.
pub fn run<'a, T>(
    config: &Config,
    clock: &Clock,
    watched: Option<Terminal>,
    listed: Option<ObjectUri>,
    make: impl FnOnce(&Path, Option<&Path>) -> anyhow::Result<Asin>,
    reads: impl FnOnce(&Asin) -> Vec<&'a str>,
    work: impl FnOnce(&Asin) -> anyhow::Result<T>,
) -> anyhow::Result<(T, UsageReport)> {
    let parent = config.cloud.scratch.as_ref().map(|path| super::files::text(path)).transpose()?;
    let run_id = clock.run_id();
    let scratch = Scratch::new(parent.as_deref(), &run_id)?;
    let runtime = Arc::new(Runtime::start()?);
    let identity = runtime.block_on(async { Identity::of(&config.cloud) })?;
    let session = Session::connect(&config.cloud, FOLDER, &run_id, &runtime, &identity)?;
    let root = scratch.path().join(FOLDER);
    let prefix = format!("{}/{FOLDER}", config.cloud.prefix);
    let store = session.gcs.store(&config.cloud.bucket, &prefix, &root);
    let outbox = Arc::new(Outbox::new(&runtime, &root));
    let (staged, swapped) = (Mutex::default(), AtomicBool::new(false));
    let cloud = Arc::new(Cloud { session, store, root, outbox, staged, swapped });
    let mirror = Mirror::start(watched.as_ref().map(|_| &cloud.store), &cloud.root);
    let all = || -> anyhow::Result<T> {
        for file in READ {
            cloud.fetch(file)?;
        }
        let listed = listed.map(|object| cloud.copy(&object, "products.txt")).transpose()?;
        let mut job = make(scratch.path(), listed.as_deref())?;
        if let Some(model) = model(&job)? {
            cloud.fetch(&model)?;
            // What it takes stands beside it.
            let signature = Path::new(&model).with_extension("signature.json");
            cloud.fetch(&signature.to_string_lossy())?;
        }
        resolve_secret(&mut job, &identity, &runtime)?;
        job.cloud = Some(Arc::clone(&cloud));
        cloud.pull(&job, &reads(&job))?;
        let done = work(&job)?;
        cloud.stage()?;
        cloud.swap()?;
        Ok(done)
    };
    let done = all();
    if let (Err(error), Some(terminal), false) = (&done, watched, mirror.has_status()) {
        cloud.record_refusal(clock, terminal, &format!("{error:#}"));
    }
    // Whatever came of it: who looks for the reason finds it there.
    let kept = mirror.finish(|| cloud.keep_files());
    cloud.session.clean_up();
    let usage = cloud.session.usage();
    // A signal's own error may be that of the query that it ended.
    let done = done.map_err(|error: anyhow::Error| match runtime.check() {
        Err(stopped) if !error.is::<Interrupted>() => stopped,
        _ => error,
    })?;
    kept.context("The tables are in place, but the files are not all in the bucket")?;
    Ok((done, usage))
}

fn resolve_secret(job: &mut Asin, identity: &Identity, runtime: &Runtime) -> anyhow::Result<()> {
    let named = |url: &&mut crate::secret::Secret| url.expose().starts_with(SECRET_SCHEME);
    if let Some(url) = job.config.database_url.as_mut().filter(named) {
        let address = job.config.cloud.secrets_address.as_deref();
        *url = runtime.block_on(Secrets::new(identity.clone(), address).resolve(url))?;
    }
    Ok(())
}

/// Where the model of predictions is in the job's folder, if it is there: that in production, or the settings'.
fn model(job: &Asin) -> anyhow::Result<Option<String>> {
    let scoring = &job.settings.scoring;
    let registry = Registry::open(&Registry::file(&job.store), job.clock.now())?;
    let path = match registry.in_production(&scoring.model_name) {
        Some(version) => version.artifact_uri.clone(),
        None => scoring.model_path.clone(),
    };
    Ok(Some(path).filter(|path| segments(path).is_ok()))
}

/// Where a command's tables and files come from and go to.
pub struct Cloud {
    session: Session,
    /// The job's folder in the bucket.
    store: GcsStore,
    /// The job's folder here.
    root: PathBuf,
    outbox: Arc<Outbox>,
    /// What waits in BigQuery for the swap.
    staged: Mutex<Vec<Staged>>,
    swapped: AtomicBool,
}

impl Cloud {
    /// What gathers the rows that are written to tables.
    pub(super) fn outbox(&self) -> Arc<Outbox> {
        Arc::clone(&self.outbox)
    }

    /// Where a file of the job's folder is when the command has come to its end.
    ///
    /// # Errors
    ///
    /// When it is no path below the folder.
    pub(super) fn object(&self, path: &str) -> anyhow::Result<ObjectUri> {
        self.store.resolve(path)
    }

    /// Copies a file of the job's folder here, if it is there.
    fn fetch(&self, path: &str) -> anyhow::Result<()> {
        match self.store.open(path)? {
            Some(_) => self.store.local_copy(path).map(drop),
            None => Ok(()),
        }
    }

    /// Copies an object to the folder of inputs.
    fn copy(&self, object: &ObjectUri, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.root.join("input");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(name);
        self.session.runtime.block_on(self.session.gcs.download(object, &file))?;
        Ok(file)
    }

    fn table(&self, name: &str) -> TablePath {
        let (project, dataset) = (self.session.cloud.project.clone(), SCHEMA.to_owned());
        TablePath { project, dataset, table: name.to_owned() }
    }

    /// A table that is there while the run lasts.
    fn work_table(&self, name: &str) -> TablePath {
        self.session.work_table(&self.table(name))
    }

    /// An object that is there while the run lasts.
    fn work_object(&self, name: &str) -> anyhow::Result<ObjectUri> {
        self.store.resolve(&format!("work/{}/{name}", self.session.token))
    }

    /// Fills tables with what BigQuery has of them. They are extracted whole, which costs nothing; a query for
    /// some of their rows would.
    fn pull(&self, job: &Asin, tables: &[&str]) -> anyhow::Result<()> {
        let Session { bigquery, cloud, runtime, .. } = &self.session;
        let there = runtime.block_on(bigquery.tables(&cloud.project, SCHEMA))?;
        let wanted = tables.iter().copied().filter(|table| there.contains(*table));
        let fetched = stream::iter(wanted)
            .map(|table| async move {
                let objects = self.work_object(&format!("input/{table}/part-"))?;
                let folder = self.root.join("input").join(table);
                let path = self.table(table);
                anyhow::Ok((table, self.session.fetch(table, &path, &objects, &folder).await?))
            })
            .buffer_unordered(PARALLEL)
            .try_collect::<Vec<_>>();
        let fetched = runtime.block_on(fetched)?;
        tracing::info!("{} tables are read from BigQuery", fetched.len());
        let workspace = Workspace::open(job, false)?;
        for (table, parts) in fetched {
            receive(&workspace, table, &parts)?;
            parts.iter().try_for_each(std::fs::remove_file)?;
        }
        Ok(())
    }

    /// Brings what was written to BigQuery, beside the tables that it is for.
    ///
    /// # Errors
    ///
    /// When rows do not arrive; then nothing has changed.
    pub(super) fn stage(&self) -> anyhow::Result<()> {
        let changes = self.outbox.take();
        if changes.is_empty() {
            return Ok(());
        }
        tracing::info!("Bringing {} changes to BigQuery", changes.len());
        let staged = stream::iter(changes.into_iter().enumerate())
            .map(|(at, change)| self.bring(at, change))
            .buffered(PARALLEL)
            .try_collect::<Vec<Staged>>();
        let staged = self.session.runtime.block_on(staged)?;
        self.staged().extend(staged);
        Ok(())
    }

    /// Puts everything that is staged in place, in one transaction.
    ///
    /// # Errors
    ///
    /// BigQuery's; then all tables are as they were.
    pub(super) fn swap(&self) -> anyhow::Result<()> {
        let staged = std::mem::take(&mut *self.staged());
        self.session.swap(&staged)?;
        self.swapped.fetch_or(!staged.is_empty(), Ordering::Relaxed);
        Ok(())
    }

    fn staged(&self) -> MutexGuard<'_, Vec<Staged>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything has changed in BigQuery.
    pub(super) fn has_swapped(&self) -> bool {
        self.swapped.load(Ordering::Relaxed)
    }

    /// What has been used so far.
    pub(super) fn usage(&self) -> UsageReport {
        self.session.usage()
    }

    /// What listens to signals.
    pub(super) fn runtime(&self) -> &Runtime {
        &self.session.runtime
    }

    /// Has the rows of a change, the outbox's `at`-th, wait in a table of the run's own.
    async fn bring(&self, at: usize, Change { table, rows }: Change) -> anyhow::Result<Staged> {
        let (fields, load, replaced) = match rows {
            Rows::Here { fields, load, replaced } => (fields, load, replaced),
            Rows::There(staged) => return Ok(staged),
        };
        let target = self.make(&table, &fields).await?;
        let object = self.work_object(&format!("output/{at}_{table}.parquet"))?;
        // One table may be written twice.
        let staging = self.work_table(&format!("{table}_{at}"));
        self.session.bring(load, &target, &staging, &object, replaced).await
    }

    /// Makes a table, or those columns that it lacks.
    async fn make(&self, table: &str, fields: &[TableFieldSchema]) -> anyhow::Result<TablePath> {
        let target = self.table(table);
        self.session.bigquery.create(&target, fields.to_vec(), None).await?;
        self.session.bigquery.add_columns(&target, fields).await?;
        Ok(target)
    }

    /// Records that a run could not even begin, where that is possible at all.
    fn record_refusal(&self, clock: &Clock, terminal: Terminal, error: &str) {
        let record = || -> anyhow::Result<()> {
            let store = Arc::new(LocalStore::new(&self.root)?);
            let mut status = StatusRecorder::start(store, clock, terminal, None)?;
            match self.session.runtime.signal() {
                Some(_) => status.interrupt(None, error),
                None => status.fail(None, error),
            }
        };
        if let Err(unwritten) = record() {
            tracing::debug!("the refusal could not be recorded: {unwritten:#}");
        }
    }

    /// Copies what is left in files to the bucket, but for the status.
    fn keep_files(&self) -> anyhow::Result<()> {
        let local = LocalStore::new(&self.root)?;
        let mut files = Vec::new();
        for folder in KEPT {
            for path in local.list(folder)?.into_iter().filter(|path| path != Mirror::STATUS) {
                files.push((local.local_copy(&path)?, self.store.resolve(&path)?));
            }
        }
        let gcs = &self.session.gcs;
        let kept =
            stream::iter(&files).map(Ok).try_for_each_concurrent(FILES, |(file, to)| async {
                gcs.upload(file, to).await.map(drop)
            });
        let runtime = &self.session.runtime;
        match runtime.signal() {
            None => runtime.finish(kept),
            Some(_) => runtime.finish(async { tokio::time::timeout(LAST_MOMENTS, kept).await? }),
        }
    }
}

/// Adds the rows of Parquet files to a table, whose lists are texts there.
fn receive(workspace: &Workspace, table: &str, parts: &[PathBuf]) -> anyhow::Result<()> {
    let files = parts.iter().map(|part| super::files::text(part));
    let files = files.collect::<anyhow::Result<Vec<_>>>()?;
    let there = render("cloud/files.sql", context! { files => &files })?;
    let there = columns(workspace.db(), &there)?;
    let name = Statement::new(table, format!("{SCHEMA}.{table}"));
    let here = columns(workspace.db(), &name)?;
    ensure!(!there.is_empty(), "{table} has no columns in BigQuery");
    let kind = |name: &str| here.iter().find(|(known, _)| known == name).map(|(_, kind)| kind);
    let columns: Vec<minijinja::Value> = there
        .iter()
        .map(|(name, found)| {
            let known = kind(name);
            let list = known.is_some_and(|kind| kind.ends_with("[]"));
            context! { name, kind => known.unwrap_or(found), list, added => known.is_none() }
        })
        .collect();
    let parameters = context! { schema => SCHEMA, target => table, files, columns };
    workspace.db().transaction(&[render("cloud/receive.sql", parameters)?])
}
