//! DuckDB's Python package.

use super::{Refused, Rows, packaged};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A DuckDB in a process of its own, one JSON line in and one out per statement.
pub(crate) struct Python {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    platform: String,
}

impl Python {
    pub(super) fn start(release: &str) -> anyhow::Result<Self> {
        let python = std::env::var_os("AIM_TEST_PYTHON")
            .context("AIM_TEST_PYTHON names no Python: run scripts/test, or set it to one")?;
        let releases = std::env::var_os("AIM_TEST_DUCKDB").context(
            "AIM_TEST_DUCKDB names no folder of DuckDB releases: run scripts/test, or set it to one",
        )?;
        let modules = Path::new(&releases).join(release);
        if !modules.is_dir() {
            bail!("{modules:?} is missing: run scripts/test, which puts DuckDB {release} there");
        }
        let file = packaged()?;
        let folder = file.parent().and_then(Path::parent).context("AIM_EXT is in no folder")?;
        let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/sqllogic/engine.py");
        let mut child = Command::new(&python)
            .env("PYTHONPATH", &modules)
            .arg(driver)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{python:?} does not start"))?;
        let stdin = child.stdin.take().context("no pipe to the engine")?;
        let stdout = BufReader::new(child.stdout.take().context("no pipe from the engine")?);
        let mut started = Self { child, stdin, stdout, platform: String::new() };
        let opened = started.open()?;
        if opened["version"] != release {
            bail!("{modules:?} holds DuckDB {}", opened["version"]);
        }
        opened["platform"].as_str().unwrap_or_default().clone_into(&mut started.platform);
        Ok(started)
    }

    pub(super) fn start_over(&mut self) -> anyhow::Result<()> {
        self.open().map(drop)
    }

    /// The platform whose file it has loaded.
    pub(super) fn platform(&self) -> &str {
        &self.platform
    }

    pub(super) fn run(&mut self, sql: &str, query: bool) -> Result<Rows, Refused> {
        let mut reply =
            self.ask(&json!({ "sql": sql })).map_err(|error| Refused(format!("{error:#}")))?;
        if !query {
            return Ok(Vec::new());
        }
        serde_json::from_value(reply["rows"].take()).map_err(|error| Refused(error.to_string()))
    }

    fn open(&mut self) -> anyhow::Result<Value> {
        self.ask(&json!({ "open": true }))
    }

    fn ask(&mut self, request: &Value) -> anyhow::Result<Value> {
        let mut line = String::new();
        let sent = writeln!(self.stdin, "{request}").and_then(|()| self.stdin.flush());
        let read = sent.and_then(|()| self.stdout.read_line(&mut line));
        if read.is_err() || line.is_empty() {
            bail!("the engine's process died: {}", self.child.wait()?);
        }
        let reply: Value = serde_json::from_str(&line)?;
        match reply["error"].as_str() {
            Some(error) => bail!("{error}"),
            None => Ok(reply),
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
