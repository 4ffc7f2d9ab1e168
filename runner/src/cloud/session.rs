use super::{Identity, Usage, UsageReport};
use crate::config::CloudConfig;
use crate::retry::random;
use crate::runtime::Runtime;
use crate::store::{Gcs, ObjectUri};
use crate::warehouse::bigquery::{BigQuery, JobSettings, TablePath};
use crate::warehouse::template::{Dialect, Statement, render_for};
use anyhow::{Context as _, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a run's own tables are kept, should nobody remove them.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How long it may take to tidy up.
const TIDY: Duration = Duration::from_secs(60);

/// The same after a signal: Cloud Run leaves ten seconds for everything.
const LAST_MOMENTS: Duration = Duration::from_secs(4);

/// Things that are removed at once.
const TIDYING: usize = 16;

/// What one run has of the cloud: the services, and what it keeps there only while it lasts.
pub struct Session {
    pub(crate) cloud: CloudConfig,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) gcs: Gcs,
    pub(crate) bigquery: BigQuery,
    /// Nobody else's: part of job ids, of names of tables, and of objects.
    pub(crate) token: String,
    usage: Arc<Usage>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    objects: Vec<ObjectUri>,
    tables: Vec<TablePath>,
}

/// A file with the rows of a table, on its way to a table of the run's own.
pub(crate) struct Load {
    /// What the table is called in names of jobs and in errors.
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    pub(crate) fields: Vec<TableFieldSchema>,
    pub(crate) rows: u64,
}

/// The statement that makes a table of a query's rows, which ends by itself after a day.
pub(crate) fn timed_table(target: &TablePath, query: &Statement) -> anyhow::Result<Statement> {
    let parameters = context! { target => target.to_string(), query => &*query.sql };
    let statement = render_for(Dialect::BigQuery, "cloud/timed_table.sql", parameters)?;
    Ok(Statement { parameters: query.parameters.clone(), ..statement })
}

impl Session {
    pub(crate) fn connect(
        cloud: &CloudConfig,
        job: &str,
        run_id: &str,
        runtime: &Arc<Runtime>,
        identity: &Identity,
    ) -> anyhow::Result<Self> {
        let usage = Arc::new(Usage::default());
        let storage = cloud.storage_address.as_deref();
        let gcs = Gcs::connect(identity.clone(), storage, runtime, &usage)?;
        let token = format!("{run_id}_{:08x}", (random() * f64::from(u32::MAX)) as u32);
        let labels = [("job", job), ("run", run_id)];
        let settings = JobSettings {
            project: cloud.project.clone(),
            location: cloud.location.clone(),
            id_prefix: format!("{job}_{token}"),
            labels: HashMap::from(labels.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            maximum_bytes_billed: cloud.maximum_bytes_billed,
        };
        let address = cloud.bigquery_address.as_deref();
        let connected = BigQuery::connect(identity.clone(), address, settings, Arc::clone(&usage));
        let bigquery = runtime.block_on(connected)?;
        let (cloud, runtime) = (cloud.clone(), Arc::clone(runtime));
        Ok(Self { cloud, runtime, gcs, bigquery, token, usage, kept: Mutex::default() })
    }

    /// What has been used so far.
    pub fn usage(&self) -> UsageReport {
        self.usage.report()
    }

    /// A table that is there while the run lasts, beside the one it is for.
    pub(crate) fn work_table(&self, table: &TablePath) -> TablePath {
        let name = format!("{}__aim_{}", table.table, self.token);
        TablePath { table: name, ..table.clone() }
    }

    /// Has a table go when the run ends. To be said before it is made.
    pub(crate) fn keep_table(&self, table: &TablePath) {
        self.kept().tables.push(table.clone());
    }

    /// Has an object go when the run ends. To be said before it is made.
    pub(crate) fn keep_object(&self, object: &ObjectUri) {
        self.kept().objects.push(object.clone());
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Copies the rows of a table or view to Parquet files in a folder, by way of objects whose names begin
    /// with `objects`. `name` is that of [`Load`].
    pub(crate) async fn fetch(
        &self,
        name: &str,
        table: &TablePath,
        objects: &ObjectUri,
        folder: &Path,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let about = self.bigquery.table(table).await?;
        let about = about.with_context(|| format!("{table} is gone"))?;
        let source = match about.r#type.as_deref() {
            None | Some("TABLE" | "SNAPSHOT") => table.clone(),
            // No job extracts views: their rows go through a table.
            Some(_) => {
                let project = self.cloud.project.clone();
                let rows = TablePath { project, ..self.work_table(table) };
                let view = context! { view => table.to_string() };
                let query = render_for(Dialect::BigQuery, "cloud/view.sql", view)?;
                let copy = timed_table(&rows, &query)?;
                self.keep_table(&rows);
                self.bigquery.execute(&format!("read {name}"), &copy).await?;
                rows
            }
        };
        let base = objects.to_string();
        let files = self.bigquery.extract(&format!("extract {name}"), &source, &base).await?;
        let mut parts = Vec::new();
        for at in 0..files {
            let object = ObjectUri::parse(&BigQuery::shard(&base, at))?;
            let file = folder.join(format!("{at:012}.parquet"));
            self.keep_object(&object);
            self.gcs.download(&object, &file).await?;
            parts.push(file);
        }
        Ok(parts)
    }

    /// Loads a file into a table of the run's own, by way of an object. The file is gone then.
    pub(crate) async fn load(
        &self,
        load: Load,
        staging: &TablePath,
        object: &ObjectUri,
    ) -> anyhow::Result<()> {
        let Load { name, file, fields, rows } = load;
        self.keep_object(object);
        self.gcs.upload(&file, object).await?;
        std::fs::remove_file(&file)?;
        self.keep_table(staging);
        self.bigquery.create(staging, fields.clone(), Some(LIFETIME)).await?;
        let loaded = self
            .bigquery
            .load(&format!("load {name}"), vec![object.to_string()], staging, fields)
            .await?;
        ensure!(loaded == rows, "{loaded} of {rows} rows of {name} have arrived in {staging}");
        Ok(())
    }

    /// Removes what was there for the run only. What cannot be removed ends by itself: tables after a day,
    /// objects by the bucket's rule.
    pub(crate) fn clean_up(&self) {
        let Kept { objects, tables } = std::mem::take(&mut *self.kept());
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
