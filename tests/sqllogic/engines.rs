//! The engines, each behind the trait of the test runner. All results are compared as the text that
//! the engine itself makes of them.

mod python;

use aim::warehouse::duckdb::DuckDb;
use anyhow::Context as _;
use python::Python;
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use std::path::{Path, PathBuf};

type Output = DBOutput<DefaultColumnType>;
/// Values as texts; absent ones are NULL.
type Rows = Vec<Vec<Option<String>>>;

/// What an engine said against a statement.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// An engine that the suite runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Engine {
    /// DuckDB in this process, with the functions registered from this process's own code.
    InProcess,
    /// A bare DuckDB in this process that loads the packaged file.
    Loaded,
    /// DuckDB's Python package of a release, in a process of its own, that loads the packaged file.
    Python(String),
}

impl Engine {
    /// Every engine; of the Python package those releases that are pinned in `tests/engines`.
    pub(crate) fn all() -> Vec<Self> {
        let pins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/engines");
        let mut releases: Vec<String> = std::fs::read_dir(&pins)
            .expect("the folder of pinned releases")
            .map(|entry| entry.expect("a readable entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
            .collect();
        assert!(!releases.is_empty(), "no release in {pins:?}");
        releases.sort();
        let python = releases.into_iter().map(Self::Python);
        [Self::InProcess, Self::Loaded].into_iter().chain(python).collect()
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::InProcess => "in_process".to_owned(),
            Self::Loaded => "loaded".to_owned(),
            Self::Python(release) => format!("python_{release}"),
        }
    }

    /// Whether the engine is of a release that aggregates are registered in: 2.0 or later.
    pub(crate) fn takes_aggregates(&self) -> bool {
        match self {
            Self::InProcess | Self::Loaded => true,
            Self::Python(release) => !release.starts_with("1."),
        }
    }

    /// Starts the engine.
    pub(crate) fn start(&self) -> anyhow::Result<Session> {
        Ok(match self {
            Self::InProcess => Session::Duck(in_process()?, in_process),
            Self::Loaded => Session::Duck(loaded()?, loaded),
            Self::Python(release) => Session::Python(Python::start(release)?),
        })
    }
}

/// A started engine, on an empty database.
pub(crate) enum Session {
    /// With what opens another one.
    Duck(DuckDb, fn() -> anyhow::Result<DuckDb>),
    Python(Python),
}

impl Session {
    /// Goes on with another empty database.
    pub(crate) fn start_over(&mut self) -> anyhow::Result<()> {
        match self {
            Self::Duck(duck, open) => *duck = open()?,
            Self::Python(python) => python.start_over()?,
        }
        Ok(())
    }

    /// The platform whose file the engine has loaded, if it loads one from another process.
    pub(crate) fn platform(&self) -> Option<&str> {
        match self {
            Self::Duck(..) => None,
            Self::Python(python) => Some(python.platform()),
        }
    }

    /// The rows of a query, as texts.
    pub(crate) fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Refused> {
        match self.run(sql)? {
            DBOutput::Rows { rows, .. } => Ok(rows),
            _ => Err(Refused("this gives no rows".to_owned())),
        }
    }
}

impl DB for Session {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<Output, Refused> {
        let query = is_query(sql);
        let sql = if query { as_text(sql) } else { sql.to_owned() };
        let rows = match self {
            Self::Duck(duck, _) => run_here(duck, &sql, query),
            Self::Python(python) => python.run(&sql, query),
        };
        Ok(if query { rows_output(rows?) } else { rows.map(|_| DBOutput::StatementComplete(0))? })
    }
}

/// The packaged extension for this machine.
pub(crate) fn packaged() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("AIM_EXT")
        .context("AIM_EXT names no packaged extension: run scripts/test, or set it to what scripts/package prints")?;
    Ok(PathBuf::from(path))
}

fn in_process() -> anyhow::Result<DuckDb> {
    DuckDb::open(None, &[])
}

fn loaded() -> anyhow::Result<DuckDb> {
    let bare = DuckDb::open_bare(None, &[("allow_unsigned_extensions", "true".to_owned())])?;
    bare.connection().execute_batch(&format!("load '{}'", packaged()?.display()))?;
    Ok(bare)
}

fn run_here(duck: &DuckDb, sql: &str, query: bool) -> Result<Rows, Refused> {
    let refuse = |error: duckdb::Error| Refused(error.to_string());
    if !query {
        duck.connection().execute_batch(sql).map_err(refuse)?;
        return Ok(Vec::new());
    }
    let mut statement = duck.connection().prepare(sql).map_err(refuse)?;
    let mut rows = statement.query([]).map_err(refuse)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next().map_err(refuse)? {
        let columns = row.as_ref().column_count();
        let values = (0..columns).map(|at| row.get::<_, Option<String>>(at));
        out.push(values.collect::<Result<Vec<_>, _>>().map_err(refuse)?);
    }
    Ok(out)
}

fn is_query(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "select" | "with" | "from" | "values" | "(select")
}

fn as_text(sql: &str) -> String {
    format!("select cast(columns(*) as varchar) from ({})", sql.trim().trim_end_matches(';'))
}

fn rows_output(rows: Rows) -> Output {
    let types = vec![DefaultColumnType::Text; rows.first().map_or(0, Vec::len)];
    let cell = |value: Option<String>| match value {
        None => "NULL".to_owned(),
        Some(text) if text.is_empty() => "(empty)".to_owned(),
        Some(text) => text,
    };
    let rows = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    DBOutput::Rows { types, rows }
}
