//! The local warehouse: one DuckDB file inside the process, dataset = schema.

use super::template::{Statement, quote_identifier, quote_literal};
use super::{TableName, Warehouse};
use anyhow::{Context as _, bail};
use duckdb::types::ValueRef;
use duckdb::{Connection, ffi};
use std::path::Path;

/// An open database with AIM's functions, and one connection to it.
pub struct DuckDb {
    // Dropped before the database is closed.
    connection: Option<Connection>,
    database: ffi::duckdb_database,
}

// SAFETY: DuckDB's database handle may be used from any thread; the connection is `Send` itself.
unsafe impl Send for DuckDb {}

impl DuckDb {
    /// Opens or creates the database in `file`, or one in memory. The settings are DuckDB's.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, is no database, or is in use by another program.
    pub fn open(file: Option<&Path>, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::connect(aim_ext::open(file, settings)?)
    }

    /// Opens a database in memory without AIM's functions, for loading the packaged extension.
    ///
    /// # Errors
    ///
    /// When a setting is unknown.
    pub fn open_bare(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::connect(aim_ext::open_bare(None, settings)?)
    }

    fn connect(database: ffi::duckdb_database) -> anyhow::Result<Self> {
        let mut this = Self { connection: None, database };
        // SAFETY: just opened; `this` closes it after the connection is gone.
        this.connection = Some(unsafe { Connection::open_from_raw(database) }?);
        Ok(this)
    }

    /// The connection, for what the trait does not offer: appending rows, reading Arrow.
    pub fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("the connection lives as long as the database")
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        self.connection = None;
        // SAFETY: opened in `open`, closed once, with no connection left.
        unsafe { ffi::duckdb_close(&mut self.database) };
    }
}

impl Warehouse for DuckDb {
    fn transaction(&self, statements: &[Statement]) -> anyhow::Result<()> {
        let connection = self.connection();
        connection.execute_batch("begin")?;
        for statement in statements {
            if let Err(error) = connection.execute_batch(&statement.sql) {
                // The first error is the one to report; a rollback can only fail after it.
                let _ = connection.execute_batch("rollback");
                return Err(error).with_context(|| format!("{} failed", statement.name));
            }
        }
        connection.execute_batch("commit").context("The transaction could not be committed")
    }

    fn rows(&self, query: &Statement) -> anyhow::Result<Vec<Vec<Option<String>>>> {
        let read = || -> duckdb::Result<_> {
            let mut statement = self.connection().prepare(&query.sql)?;
            let mut rows = statement.query([])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let columns = row.as_ref().column_count();
                out.push(
                    (0..columns).map(|at| row.get_ref(at).map(text)).collect::<Result<_, _>>()?,
                );
            }
            Ok(out)
        };
        read().with_context(|| format!("{} failed", query.name))
    }

    fn tables(&self, dataset: &str, prefix: &str) -> anyhow::Result<Vec<TableName>> {
        let mut statement = self.connection().prepare(
            "select table_name from information_schema.tables \
             where table_schema = ? and starts_with(table_name, ?) order by 1",
        )?;
        let names = statement.query_map([dataset, prefix], |row| row.get::<_, String>(0))?;
        names.map(|name| Ok(TableName::new(dataset, name?))).collect()
    }

    fn load_file(&self, table: &TableName, file: &Path) -> anyhow::Result<()> {
        let path =
            file.to_str().with_context(|| format!("{file:?} is no UTF-8 path; rename it"))?;
        let reader = match file.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => format!("read_parquet({})", quote_literal(path)),
            // Types are the columns' readers' business: a sniffed type would depend on the data.
            Some("csv") => {
                format!("read_csv({}, header = true, all_varchar = true)", quote_literal(path))
            }
            _ => bail!("{path} is neither .parquet nor .csv"),
        };
        let name = TableName::new(&table.dataset, &table.table);
        self.transaction(&[Statement::new(
            format!("load {name}"),
            format!(
                "create schema if not exists {schema}; \
                 create or replace table {schema}.{table} as select * from {reader}",
                schema = quote_identifier(&table.dataset),
                table = quote_identifier(&table.table),
            ),
        )])
        .with_context(|| format!("{path} cannot be loaded into {name}"))
    }
}

/// A value as text. Queries cast what is not plain: numbers and texts are all that arrives here.
fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Boolean(value) => Some(value.to_string()),
        ValueRef::TinyInt(value) => Some(value.to_string()),
        ValueRef::SmallInt(value) => Some(value.to_string()),
        ValueRef::Int(value) => Some(value.to_string()),
        ValueRef::BigInt(value) => Some(value.to_string()),
        ValueRef::HugeInt(value) => Some(value.to_string()),
        ValueRef::UBigInt(value) => Some(value.to_string()),
        ValueRef::Double(value) => Some(value.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        other => Some(format!("{other:?}")),
    }
}
