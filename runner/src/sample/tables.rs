//! Parquet files: flat rows go into an in-memory database, which nests and writes them.

use super::staged::Staged;
use anyhow::Context;
use duckdb::{Appender, Connection};
use std::path::Path;

/// An in-memory database to shape tables in.
pub(super) struct Tables {
    connection: Connection,
}

impl Tables {
    pub(super) fn open() -> anyhow::Result<Self> {
        let open = || -> duckdb::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            // Many small statements: threads would mostly wait for each other.
            connection.execute_batch("set threads = 1")?;
            Ok(connection)
        };
        let connection =
            open().context("Cannot open a database in memory: free some memory and try again")?;
        Ok(Self { connection })
    }

    /// Creates or empties a table and fills it with the rows `rows` appends.
    pub(super) fn fill(
        &self,
        table: &str,
        columns: &str,
        rows: impl FnOnce(&mut Appender<'_>) -> duckdb::Result<()>,
    ) -> anyhow::Result<()> {
        let fill = || {
            let create = format!("create or replace table {table} ({columns})");
            self.connection.execute_batch(&create)?;
            let mut appender = self.connection.appender(table)?;
            rows(&mut appender)?;
            appender.flush()
        };
        fill().with_context(|| format!("Cannot fill the table {table} of the sample"))
    }

    /// Writes the result of a query as a Parquet file and returns its number of rows.
    pub(super) fn write(&self, query: &str, place: &Path) -> anyhow::Result<u64> {
        let staged = Staged::new(place)?;
        let temporary = staged.path().to_str().with_context(|| {
            format!("The path {} is not UTF-8: choose another --out", place.display())
        })?;
        let target = temporary.replace('\'', "''");
        let rows = self
            .connection
            .execute(&format!("copy ({query}) to '{target}' (format parquet)"), [])
            .with_context(|| staged.cannot_write())?;
        staged.publish()?;
        Ok(rows as u64)
    }
}
