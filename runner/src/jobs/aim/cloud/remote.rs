//! The other end: the buckets and the tables of a run.

use crate::cloud::{Identity, Session, Staged};
use crate::config::Config;
use crate::jobs::aim::{Interrupted, tables};
use crate::runtime::{Runtime, Signal};
use crate::store::{GcsStore, ObjectUri};
use crate::warehouse::TableName;
use crate::warehouse::bigquery::TablePath;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a run's input comes from and its tables go to.
pub struct Remote {
    session: Session,
    pub(super) root: PathBuf,
    made: Mutex<Made>,
    results: GcsStore,
}

impl Deref for Remote {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// What is ready to be put in place, and what is there for good.
#[derive(Default)]
pub(super) struct Made {
    pub(super) staged: Vec<Staged>,
    pub(super) files: BTreeSet<String>,
    pub(super) swapped: bool,
}

impl Remote {
    pub(super) fn connect(
        config: &Config,
        run_id: &str,
        root: &Path,
        runtime: &Arc<Runtime>,
        identity: &Identity,
    ) -> anyhow::Result<Arc<Self>> {
        let session = Session::connect(&config.cloud, "aim", run_id, runtime, identity)?;
        let cloud = &session.cloud;
        let results = session.gcs.store(&cloud.bucket, &cloud.prefix, root);
        Ok(Arc::new(Self { session, root: root.to_owned(), made: Mutex::default(), results }))
    }

    /// The part of the bucket that a run's files go to.
    pub(super) fn results(&self) -> &GcsStore {
        &self.results
    }

    /// What listens to signals for the whole process.
    pub(in crate::jobs::aim) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What to say of a signal.
    pub(in crate::jobs::aim) fn interrupted(&self, signal: Signal) -> Interrupted {
        let remedy = if self.made().swapped {
            "BigQuery's tables are replaced, but not everything else is done: start it again"
        } else {
            "nothing has changed, start it again"
        };
        Interrupted { signal, remedy: remedy.to_owned() }
    }

    pub(super) fn exists(&self, object: &ObjectUri) -> anyhow::Result<bool> {
        let names = self.runtime.block_on(self.gcs.list(&object.bucket, &object.object))?;
        Ok(names.contains(&object.object))
    }

    pub(super) fn download(&self, object: &ObjectUri, file: &Path) -> anyhow::Result<()> {
        self.runtime.block_on(self.gcs.download(object, file))?;
        Ok(())
    }

    pub(super) fn has_uploaded(&self, path: &str) -> bool {
        self.made().files.contains(path)
    }

    /// Where a table of the job is.
    pub(super) fn path_of(&self, table: &TableName) -> anyhow::Result<TablePath> {
        let cloud = &self.cloud;
        let project = &cloud.project;
        if *table == tables::aim_data() {
            return TablePath::parse(&format!("{}.{}", cloud.dataset, cloud.table), project);
        }
        if *table == tables::cam_sku() {
            return TablePath::parse(&cloud.cam_table, project);
        }
        TablePath::parse(&table.to_string(), project)
    }

    /// An object that is there while the run lasts.
    pub(super) fn work_object(&self, name: &str) -> anyhow::Result<ObjectUri> {
        self.results.resolve(&format!("work/{}/{name}", self.token))
    }

    pub(super) fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
