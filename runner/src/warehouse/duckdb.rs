//! The local warehouse: one DuckDB file inside the process, dataset = schema.

use super::TableName;
use super::template::{Statement, quote_identifier, quote_literal};
use anyhow::{Context as _, bail};
use duckdb::types::{ToSqlOutput, Value, ValueRef};
use duckdb::{Connection, ToSql, ffi};
use std::path::Path;
use std::time::Instant;

/// Longest line of an error, in characters: the engine repeats broken lines of files whole.
const LONGEST_LINE: usize = 300;

/// A value to append.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// True or false.
    Boolean(bool),
}

impl ToSql for Cell {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Integer(value) => ToSqlOutput::Owned(Value::BigInt(*value)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Boolean(value) => ToSqlOutput::Owned(Value::Boolean(*value)),
        })
    }
}

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
    pub fn open(file: Option<&Path>, settings: &[(&str, String)]) -> anyhow::Result<Self> {
        Self::connect(aim_ext::open(file, settings)?)
    }

    /// As [`DuckDb::open`], without AIM's functions.
    ///
    /// # Errors
    ///
    /// As for [`DuckDb::open`].
    pub fn open_bare(file: Option<&Path>, settings: &[(&str, String)]) -> anyhow::Result<Self> {
        Self::connect(aim_ext::open_bare(file, settings)?)
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

    /// Runs the statements in one transaction: all of them, or none.
    ///
    /// # Errors
    ///
    /// The engine's, with the name of the statement.
    pub fn transaction(&self, statements: &[Statement]) -> anyhow::Result<()> {
        let connection = self.connection();
        connection.execute_batch("begin")?;
        for statement in statements {
            let started = Instant::now();
            if let Err(error) = connection.execute_batch(&statement.sql) {
                // The first error is the one to report; a rollback can only fail after it.
                let _ = connection.execute_batch("rollback");
                return Err(reason(error)).with_context(|| format!("{} failed", statement.name));
            }
            tracing::debug!("{}: {:.3} s", statement.name, started.elapsed().as_secs_f64());
        }
        let started = Instant::now();
        let committed = connection.execute_batch("commit").map_err(reason);
        tracing::debug!("commit: {:.3} s", started.elapsed().as_secs_f64());
        committed.context("The transaction could not be committed")
    }

    /// The rows of a query, every value as text; `None` is NULL.
    ///
    /// # Errors
    ///
    /// The engine's, with the name of the query.
    pub fn rows(&self, query: &Statement) -> anyhow::Result<Vec<Vec<Option<String>>>> {
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
        read().map_err(reason).with_context(|| format!("{} failed", query.name))
    }

    /// How much memory the engine may take, in bytes.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn memory_limit(&self) -> anyhow::Result<u64> {
        let sql = "select parse_formatted_bytes(current_setting('memory_limit'))";
        let limit = self.rows(&Statement::new("memory limit", sql))?;
        limit.into_iter().flatten().flatten().next().unwrap_or_default().parse().context(sql)
    }

    /// Sets how much memory the engine may take, in bytes; what is larger goes to disk.
    ///
    /// # Errors
    ///
    /// When more is in use and cannot go to disk.
    pub fn set_memory_limit(&self, bytes: u64) -> anyhow::Result<()> {
        let set = self.connection().execute_batch(&format!("set memory_limit = '{bytes}B'"));
        set.map_err(reason).with_context(|| {
            format!("The engine needs more than {bytes} bytes of memory: raise AIM_MEMORY_LIMIT")
        })
    }

    /// The tables of a dataset whose names begin so, in order.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn tables(&self, dataset: &str, prefix: &str) -> anyhow::Result<Vec<TableName>> {
        let mut statement = self.connection().prepare(
            "select table_name from information_schema.tables \
             where table_schema = ? and starts_with(table_name, ?) order by 1",
        )?;
        let names = statement.query_map([dataset, prefix], |row| row.get::<_, String>(0))?;
        names.map(|name| Ok(TableName::new(dataset, name?))).collect()
    }

    /// Appends rows to a table, in its columns' order.
    ///
    /// # Errors
    ///
    /// When the table is missing, or the values do not fit its columns.
    pub fn append(&self, table: &TableName, rows: &[Vec<Cell>]) -> anyhow::Result<()> {
        let append = || -> duckdb::Result<()> {
            let (dataset, name) = (&table.dataset, &table.table);
            let mut appender = self.connection().appender_to_db(name, dataset)?;
            for row in rows {
                appender.append_row(duckdb::appender_params_from_iter(row))?;
            }
            appender.flush()
        };
        append().map_err(reason).with_context(|| format!("{table} does not take the rows"))
    }

    /// A query, ready to run.
    ///
    /// # Errors
    ///
    /// The engine's, with the name of the query.
    pub fn prepare(&self, query: &Statement) -> anyhow::Result<duckdb::Statement<'_>> {
        let prepared = self.connection().prepare(&query.sql).map_err(reason);
        prepared.with_context(|| format!("{} failed", query.name))
    }

    /// The statement that replaces a table by the content of a Parquet or CSV file.
    ///
    /// # Errors
    ///
    /// When the file is of another kind.
    pub fn load_statement(table: &TableName, file: &Path) -> anyhow::Result<Statement> {
        let path =
            file.to_str().with_context(|| format!("{file:?} is no UTF-8 path: rename it"))?;
        let reader = match file.extension().and_then(|extension| extension.to_str()) {
            Some("parquet") => format!("read_parquet({})", quote_literal(path)),
            // Types are the readers' business: a sniffed type would depend on the data.
            Some("csv") => {
                format!(
                    "read_csv({}, header = true, all_varchar = true, delim = ',', quote = '\"', \
                     escape = '\"', comment = '')",
                    quote_literal(path)
                )
            }
            _ => bail!("{path} is neither .parquet nor .csv"),
        };
        let (schema, name) = (quote_identifier(&table.dataset), quote_identifier(&table.table));
        Ok(Statement::new(
            format!("Loading {path} into {table}"),
            format!(
                "create schema if not exists {schema}; \
                 create or replace table {schema}.{name} as select * from {reader}"
            ),
        ))
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        self.connection = None;
        // SAFETY: opened in `open`, closed once, with no connection left.
        unsafe { ffi::duckdb_close(&mut self.database) };
    }
}

/// The engine's own words, without the error number that the binding adds, and without the engine's
/// advice on reading broken files: its switches are not ours to set.
fn reason(error: duckdb::Error) -> anyhow::Error {
    match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => anyhow::Error::msg(brief(&message)),
        other => anyhow::Error::new(other),
    }
}

fn brief(message: &str) -> String {
    if message.contains("CSV Parser state machine") {
        return "It is no CSV file: its lines end in different ways, or quotes stand where none may".to_owned();
    }
    let end = message.find("\nPossible ").unwrap_or(message.len());
    let cut = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    message[..end].trim_end().lines().map(cut).collect::<Vec<_>>().join("\n")
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
