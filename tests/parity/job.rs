//! The job's runs in one position of `AIM_COMPAT`: the sample on a first day, odd rows, and a second day, whose
//! tables are compared. Both days' reports reach into the days whose figures are known to be wrong.

use crate::fields::field;
use aim::config::Compat;
use aim::sample;
use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::{Dialect, quote_literal};
use anyhow::{Context as _, ensure};
use jiff::civil::Date;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The second day.
pub(crate) const TODAY: &str = "2025-11-16";
const YESTERDAY: &str = "2025-11-15";

const SEED: u64 = 7;

const RUNLIST: &str = "runlist/priority_runlist_current.csv";

/// A root after both runs, and the tables as they were before the second.
pub(crate) struct Job {
    pub(crate) compat: Compat,
    pub(crate) tables: Vec<Table>,
    root: PathBuf,
}

/// A table in a Parquet file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) dataset: String,
    pub(crate) name: String,
    pub(crate) file: PathBuf,
    /// Its columns, as BigQuery's load jobs want them.
    pub(crate) fields: Vec<Value>,
}

impl Job {
    pub(crate) fn new(root: &Path, compat: Compat) -> anyhow::Result<Self> {
        let mut job = Self { compat, tables: Vec::new(), root: root.to_owned() };
        let options =
            sample::Options { scale: 1, seed: SEED, date: YESTERDAY.parse()?, cams: None };
        sample::write(root, &options)?;
        job.run(YESTERDAY, &[])?;
        // They would replace the tables that get the odd rows.
        std::fs::remove_dir_all(root.join("reference"))?;
        let warehouse = DuckDb::open_bare(Some(&job.warehouse()), &[])?;
        warehouse.connection().execute_batch(include_str!("odd_rows.sql"))?;
        job.tables = export(&warehouse, &root.join("before"))?;
        drop(warehouse);
        job.run(TODAY, &["--stage", "3,5,6,7,8,9"])?;
        // Its recommendations have no odd rows; what it asks for has.
        std::fs::write(root.join(RUNLIST), odd_runlist(root)?)?;
        job.run(TODAY, &["--stage", "4"])?;
        let warehouse = DuckDb::open_bare(Some(&job.warehouse()), &[])?;
        let numbered = "select *, row_number() over () as line from \"AIM\".\"AIMData\"";
        job.tables.push(write(&warehouse, &root.join("before"), "after", "AIMData", numbered)?);
        Ok(job)
    }

    /// The file with the tables.
    pub(crate) fn warehouse(&self) -> PathBuf {
        self.root.join("warehouse.duckdb")
    }

    /// The click-stream's tables from one day to another.
    pub(crate) fn click_stream(&self, first: Date, last: Date) -> Vec<String> {
        let name = |day: Date| format!("events_{}", day.strftime("%Y%m%d"));
        let days = name(first)..=name(last);
        let tables = self.tables.iter().filter(|table| table.dataset == "analytics");
        let mut names: Vec<String> =
            tables.map(|table| table.name.clone()).filter(|name| days.contains(name)).collect();
        names.sort();
        names
    }

    fn run(&self, day: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = program(&self.root, self.compat);
        command.args(["run", "--now", &format!("{day}T07:15:00Z")]).args(arguments);
        let output = command.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

/// The program below a root, with nothing of the caller's environment but what it needs to start.
pub(crate) fn program(root: &Path, compat: Compat) -> Command {
    let compat = match compat {
        Compat::Fixed => "fixed",
        Compat::Original => "original",
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_aim"));
    command.current_dir(root).env_clear();
    for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("AIM_LOCAL_ROOT", root).env("AIM_COMPAT", compat);
    command
}

/// Writes every table to a file of its own.
fn export(warehouse: &DuckDb, folder: &Path) -> anyhow::Result<Vec<Table>> {
    std::fs::create_dir_all(folder)?;
    let connection = warehouse.connection();
    let mut names = connection
        .prepare("select table_schema, table_name from information_schema.tables order by all")?;
    let names = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut tables = Vec::new();
    for name in names {
        let (dataset, name): (String, String) = name?;
        let query = format!("from {}", Dialect::DuckDb.table(&dataset, &name));
        tables.push(write(warehouse, folder, &dataset, &name, &query)?);
    }
    Ok(tables)
}

/// Writes the rows of a query to a file, as a table of this name.
pub(crate) fn write(
    warehouse: &DuckDb,
    folder: &Path,
    dataset: &str,
    name: &str,
    query: &str,
) -> anyhow::Result<Table> {
    let connection = warehouse.connection();
    let file = folder.join(format!("{dataset}.{name}.parquet"));
    let to = quote_literal(file.to_str().context("The path is no UTF-8")?);
    connection.execute_batch(&format!("copy ({query}) to {to} (format parquet)"))?;
    let mut empty = connection.prepare(&format!("from ({query}) limit 0"))?;
    let schema = empty.query_arrow([])?.get_schema();
    let fields = schema.fields().iter().map(|column| field(column)).collect::<Result<_, _>>();
    let fields = fields.with_context(|| format!("{dataset}.{name}"))?;
    Ok(Table { dataset: dataset.to_owned(), name: name.to_owned(), file, fields })
}

/// The sample's runlist, and CAMs that are mapped twice, to nothing, or to rows that are there already; some
/// of sizes that are not merged, or that nobody makes.
fn odd_runlist(root: &Path) -> anyhow::Result<String> {
    let mut runlist = std::fs::read_to_string(root.join(RUNLIST))?;
    for cam in [
        "ODDMERCEDES-BENZC-CLASS,225/40ZR18",
        "ODDSEATLEON,205/55R16",
        "ODD SEAT LEON,205/55 R16",
        "ODDSEATLEON,225/40 R18 92Y",
        "ODDSEATLEON,195/65 R15",
        "ODDSEATLEON,999/99 R99",
        "ODDALFA,225/40 R18",
        "ODDHALF,205/55 R16",
        "ODDKITCAR,205/55 R16",
        "ODDALFA,31/1050 R15",
        "ODDALFA,225/45 R17 XL",
        "ODDALFA,275/0 R18",
    ] {
        runlist.push_str(&format!("{cam},9999\n"));
    }
    Ok(runlist)
}
