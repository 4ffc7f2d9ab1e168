//! The engines, each behind the trait of the test runner. All results are compared as the text that
//! the engine itself makes of them.

use aim::warehouse::duckdb::DuckDb;
use anyhow::Context as _;
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

type Output = DBOutput<DefaultColumnType>;

/// What an engine said against a statement.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// The packaged extension.
pub(crate) fn packaged() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("AIM_EXT")
        .context("AIM_EXT names no packaged extension: run scripts/test, or set it to what scripts/package prints")?;
    Ok(PathBuf::from(path))
}

/// DuckDB in this process.
pub(crate) struct Duck(DuckDb);

impl Duck {
    /// With the functions registered from this process's own code.
    pub(crate) fn in_process() -> anyhow::Result<Self> {
        Ok(Self(DuckDb::open(None, &[])?))
    }

    /// With a bare engine that loads the packaged file.
    pub(crate) fn loaded() -> anyhow::Result<Self> {
        let bare = DuckDb::open_bare(None, &[("allow_unsigned_extensions", "true".to_owned())])?;
        bare.connection().execute_batch(&format!("load '{}'", packaged()?.display()))?;
        Ok(Self(bare))
    }
}

impl DB for Duck {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Refused> {
        let refuse = |error: duckdb::Error| Refused(error.to_string());
        let connection = self.0.connection();
        if !is_query(sql) {
            connection.execute_batch(sql).map_err(refuse)?;
            return Ok(DBOutput::StatementComplete(0));
        }
        let mut statement = connection.prepare(&as_text(sql)).map_err(refuse)?;
        let mut rows = statement.query([]).map_err(refuse)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(refuse)? {
            let columns = row.as_ref().column_count();
            let values = (0..columns).map(|at| row.get::<_, Option<String>>(at));
            out.push(values.collect::<Result<Vec<_>, _>>().map_err(refuse)?);
        }
        Ok(rows_output(out))
    }
}

/// A DuckDB in a process of its own, one JSON line in and one out per statement.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// DuckDB's Python package.
    pub(crate) fn python() -> anyhow::Result<Self> {
        let python = std::env::var_os("AIM_TEST_PYTHON").context(
            "AIM_TEST_PYTHON names no Python with DuckDB: run scripts/test, or set it to such a one",
        )?;
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/sqllogic/engine.py");
        let mut child = Command::new(&python)
            .arg(driver)
            .arg(packaged()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{python:?} does not start"))?;
        let stdin = child.stdin.take().context("no pipe to the engine")?;
        let stdout = BufReader::new(child.stdout.take().context("no pipe from the engine")?);
        Ok(Self { child, stdin, stdout })
    }

    fn ask(&mut self, sql: &str) -> anyhow::Result<serde_json::Value> {
        let request = serde_json::json!({ "sql": sql });
        writeln!(self.stdin, "{request}")?;
        self.stdin.flush()?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        serde_json::from_str(&line).context("the engine's process died")
    }
}

impl DB for Process {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Refused> {
        let query = is_query(sql);
        let sql = if query { as_text(sql) } else { sql.to_owned() };
        let reply = self.ask(&sql).map_err(|error| Refused(format!("{error:#}")))?;
        if let Some(error) = reply["error"].as_str() {
            return Err(Refused(error.to_owned()));
        }
        if !query {
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = serde_json::from_value(reply["rows"].clone())
            .map_err(|error| Refused(error.to_string()))?;
        Ok(rows_output(rows))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_query(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "select" | "with" | "from" | "values" | "(select")
}

fn as_text(sql: &str) -> String {
    format!("select cast(columns(*) as varchar) from ({})", sql.trim().trim_end_matches(';'))
}

fn rows_output(rows: Vec<Vec<Option<String>>>) -> Output {
    let types = vec![DefaultColumnType::Text; rows.first().map_or(0, Vec::len)];
    let cell = |value: Option<String>| match value {
        None => "NULL".to_owned(),
        Some(text) if text.is_empty() => "(empty)".to_owned(),
        Some(text) => text,
    };
    let rows = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    DBOutput::Rows { types, rows }
}
