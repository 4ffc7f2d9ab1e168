//! The other end: the buckets and the tables of a run.

use super::push::Staged;
use crate::cloud::{Identity, Usage, UsageReport};
use crate::config::{CloudConfig, Config};
use crate::jobs::aim::{Interrupted, tables};
use crate::retry::random;
use crate::runtime::{Runtime, Signal};
use crate::store::{Gcs, GcsStore, ObjectUri};
use crate::warehouse::TableName;
use crate::warehouse::bigquery::{BigQuery, JobSettings, TablePath};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it may take to tidy up.
const TIDY: Duration = Duration::from_secs(60);

/// The same after a signal: Cloud Run leaves ten seconds for everything.
const LAST_MOMENTS: Duration = Duration::from_secs(4);

/// Things that are removed at once.
const TIDYING: usize = 16;

/// Where a run's input comes from and its tables go to.
pub struct Remote {
    pub(super) cloud: CloudConfig,
    pub(super) runtime: Arc<Runtime>,
    pub(super) gcs: Gcs,
    pub(super) bigquery: BigQuery,
    pub(super) root: PathBuf,
    /// Nobody else's: part of job ids, of names of tables, and of objects.
    pub(super) token: String,
    pub(super) made: Mutex<Made>,
    usage: Arc<Usage>,
    results: GcsStore,
}

/// What is in the cloud only while the run lasts, and what has been put there for good.
#[derive(Default)]
pub(super) struct Made {
    pub(super) objects: Vec<ObjectUri>,
    pub(super) tables: Vec<TablePath>,
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
        let cloud = config.cloud.clone();
        let usage = Arc::new(Usage::default());
        let storage = cloud.storage_address.as_deref();
        let gcs = Gcs::connect(identity.clone(), storage, runtime, &usage)?;
        let token = format!("{run_id}_{:08x}", (random() * f64::from(u32::MAX)) as u32);
        let labels = [("job", "aim"), ("run", run_id)];
        let settings = JobSettings {
            project: cloud.project.clone(),
            location: cloud.location.clone(),
            id_prefix: format!("aim_{token}"),
            labels: HashMap::from(labels.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            maximum_bytes_billed: cloud.maximum_bytes_billed,
        };
        let address = cloud.bigquery_address.as_deref();
        let connected = BigQuery::connect(identity.clone(), address, settings, Arc::clone(&usage));
        let bigquery = runtime.block_on(connected)?;
        let results = gcs.store(&cloud.bucket, &cloud.prefix, root);
        Ok(Arc::new(Self {
            cloud,
            runtime: Arc::clone(runtime),
            gcs,
            bigquery,
            root: root.to_owned(),
            token,
            made: Mutex::default(),
            usage,
            results,
        }))
    }

    /// The part of the bucket that a run's files go to.
    pub(super) fn results(&self) -> &GcsStore {
        &self.results
    }

    /// What has been used so far.
    pub fn usage(&self) -> UsageReport {
        self.usage.report()
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

    pub(super) fn fetch(&self, object: &ObjectUri, file: &Path) -> anyhow::Result<()> {
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

    /// A table that is there while the run lasts, beside the one it is for.
    pub(super) fn work_table(&self, table: &TablePath) -> TablePath {
        let name = format!("{}__aim_{}", table.table, self.token);
        TablePath { table: name, ..table.clone() }
    }

    pub(super) fn made(&self) -> std::sync::MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what was there for the run only. What cannot be removed ends by itself: tables after a day,
    /// objects by the bucket's rule.
    pub(super) fn clean_up(&self) {
        let (objects, tables) = {
            let mut made = self.made();
            (std::mem::take(&mut made.objects), std::mem::take(&mut made.tables))
        };
        let tables =
            stream::iter(&tables).map(Ok).try_for_each_concurrent(TIDYING, |table| async {
                self.bigquery.drop_table(table).await
            });
        let objects = stream::iter(&objects)
            .map(Ok)
            .try_for_each_concurrent(TIDYING, |object| async { self.gcs.delete(object).await });
        let limit = if self.runtime.signal().is_some() { LAST_MOMENTS } else { TIDY };
        let tidied = self.runtime.finish(async {
            tokio::time::timeout(limit, async { tokio::try_join!(tables, objects) }).await?
        });
        if let Err(error) = tidied {
            tracing::warn!("Not everything of the run was removed: {error:#}");
        }
    }
}
