//! What a command writes to tables, kept until it has come to its end, and then put in place.

use super::Cloud;
use crate::cloud::{Load, Replaced, Staged, UsageReport};
use crate::jobs::asin::Asin;
use crate::jobs::asin::files::text;
use crate::jobs::asin::frame::{SCHEMA, columns};
use crate::runtime::Runtime;
use crate::warehouse::bigquery::field;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, render};
use anyhow::Context as _;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows on their way to BigQuery, in the order in which they were written.
pub struct Outbox {
    cloud: Arc<Cloud>,
    changes: Mutex<Vec<Change>>,
    staged: Mutex<Vec<Staged>>,
    swapped: AtomicBool,
}

/// Rows that have replaced others of a table.
pub(super) struct Change {
    pub(super) table: String,
    pub(super) load: Load,
    pub(super) replaced: Replaced,
}

impl Outbox {
    pub(super) fn new(cloud: &Arc<Cloud>) -> Self {
        Self {
            cloud: Arc::clone(cloud),
            changes: Mutex::default(),
            staged: Mutex::default(),
            swapped: AtomicBool::new(false),
        }
    }

    /// What listens to signals.
    pub(in crate::jobs::asin) fn runtime(&self) -> &Runtime {
        &self.cloud.session.runtime
    }

    /// Keeps `rows`, a table of the engine, which have replaced some of `table`.
    pub(in crate::jobs::asin) fn add(
        &self,
        db: &DuckDb,
        table: &str,
        rows: &str,
        replaced: Replaced,
    ) -> anyhow::Result<()> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder();
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}_{table}.parquet", changes.len()));
        let known = columns(db, &Statement::new(table, format!("{SCHEMA}.{table}")))?;
        let written = columns(db, &Statement::new(rows, rows))?;
        // As the table has them: a query's whole numbers may be wider.
        let kept: Vec<&(String, String)> =
            known.iter().filter(|(name, _)| written.iter().any(|(own, _)| own == name)).collect();
        let fields = kept.iter().map(|column| in_bigquery(column)).collect::<Result<_, _>>()?;
        let columns: Vec<_> = kept
            .iter()
            .map(|(name, kind)| context! { name, kind, list => kind.ends_with("[]") })
            .collect();
        let copy = render("cloud/send.sql", context! { rows, columns, file => text(&file)? })?;
        let count = db.rows(&copy)?.into_iter().flatten().flatten().next();
        let rows = count.with_context(|| format!("{table} has no number of rows"))?.parse()?;
        let load = Load { name: table.to_owned(), file, fields, rows };
        changes.push(Change { table: table.to_owned(), load, replaced });
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.cloud.root.join("outbox")
    }

    /// Brings what was written to BigQuery, beside the tables that it is for.
    ///
    /// # Errors
    ///
    /// When rows do not arrive; then nothing has changed.
    pub(in crate::jobs::asin) fn stage(&self, job: &Asin) -> anyhow::Result<()> {
        let changes = take(&self.changes);
        if !changes.is_empty() {
            let staged = self.cloud.stage(job, changes)?;
            self.staged.lock().unwrap_or_else(PoisonError::into_inner).extend(staged);
        }
        Ok(())
    }

    /// Puts everything that is staged in place, in one transaction.
    ///
    /// # Errors
    ///
    /// BigQuery's; then all tables are as they were.
    pub(in crate::jobs::asin) fn swap(&self) -> anyhow::Result<()> {
        let staged = take(&self.staged);
        self.cloud.session.swap(&staged)?;
        self.swapped.fetch_or(!staged.is_empty(), Ordering::Relaxed);
        Ok(())
    }

    /// Whether anything has changed in BigQuery.
    pub(in crate::jobs::asin) fn has_swapped(&self) -> bool {
        self.swapped.load(Ordering::Relaxed)
    }

    /// What has been used so far.
    pub(in crate::jobs::asin) fn usage(&self) -> UsageReport {
        self.cloud.session.usage()
    }
}

fn take<T>(gathered: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *gathered.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The columns of a table of the job, as BigQuery has them.
pub(super) fn fields(db: &DuckDb, table: &str) -> anyhow::Result<Vec<TableFieldSchema>> {
    let columns = columns(db, &Statement::new(table, format!("{SCHEMA}.{table}")))?;
    columns.iter().map(in_bigquery).collect()
}

/// Lists are texts there, in JSON: a missing list would be an empty one.
fn in_bigquery((name, kind): &(String, String)) -> anyhow::Result<TableFieldSchema> {
    field(name, if kind.ends_with("[]") { "VARCHAR" } else { kind })
}
