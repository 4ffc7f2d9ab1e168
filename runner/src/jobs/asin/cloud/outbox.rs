//! What a command writes to tables, kept until it has come to its end.

use crate::cloud::{Load, Replaced, Staged};
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
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows on their way to BigQuery, in the order in which they were written.
pub struct Outbox {
    runtime: Arc<Runtime>,
    folder: PathBuf,
    changes: Mutex<Vec<Change>>,
}

/// Rows that have replaced others of a table.
pub(super) struct Change {
    pub(super) table: String,
    pub(super) rows: Rows,
}

/// Where they are.
pub(super) enum Rows {
    /// In a file of this machine; `fields` are the columns of the table.
    Here { fields: Vec<TableFieldSchema>, load: Load, replaced: Replaced },
    /// In a table of the run's own.
    There(Staged),
}

impl Outbox {
    pub(super) fn new(runtime: &Arc<Runtime>, root: &Path) -> Self {
        let (runtime, folder) = (Arc::clone(runtime), root.join("outbox"));
        Self { runtime, folder, changes: Mutex::default() }
    }

    /// What listens to signals.
    pub(in crate::jobs::asin) fn runtime(&self) -> &Runtime {
        &self.runtime
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
        fs::create_dir_all(&self.folder)?;
        let file = self.folder.join(format!("{}_{table}.parquet", changes.len()));
        let known = columns(db, &Statement::new(table, format!("{SCHEMA}.{table}")))?;
        let all = known.iter().map(in_bigquery).collect::<Result<_, _>>()?;
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
        let rows = Rows::Here { fields: all, load, replaced };
        changes.push(Change { table: table.to_owned(), rows });
        Ok(())
    }

    /// Adds what comes next, or puts back what was taken.
    pub(super) fn put(&self, more: impl IntoIterator<Item = Change>) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }

    pub(super) fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.changes.lock().unwrap_or_else(PoisonError::into_inner))
    }
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
