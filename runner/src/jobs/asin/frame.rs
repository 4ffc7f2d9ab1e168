//! Rows that a command reads and writes: a Parquet or CSV file, or a table of the job's warehouse.

mod cells;
mod output;
mod parts;
mod spill;

pub(super) use cells::{KEY, check_cells, numeric_texts};
pub(super) use output::OF_SCOPE;
pub(super) use output::same;
pub use output::{Replace, Sink};
pub use parts::{Part, Parts};

use super::cloud::Outbox;
use super::files::text;
use super::{Asin, Scope};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Dialect, Statement, quote_literal, render};
use anyhow::{Context as _, bail};
use minijinja::{Value, context};
use spill::Spill;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The schema of the job's tables.
pub const SCHEMA: &str = "asin";

/// The job's tables, below its folder.
const WAREHOUSE: &str = "warehouse.duckdb";

/// What the engine may take, unless `AIM_MEMORY_LIMIT` says otherwise: what does not fit goes to disk.
const MEMORY_LIMIT: &str = "2GB";

/// The engine, with the job's tables or without.
pub struct Workspace {
    db: DuckDb,
    /// Most threads of the engine, where somebody said so.
    threads: Option<usize>,
    /// Who is told of what is written to tables.
    outbox: Option<Arc<Outbox>>,
    /// Where the engine puts what does not fit into memory.
    _spill: Spill,
}

/// Rows to read: `{{ source }}` in templates, with the columns that they have.
#[derive(Debug, Clone)]
pub struct Source {
    relation: String,
    name: String,
    /// Names and types, in order.
    columns: Vec<(String, String)>,
}

impl Workspace {
    /// Opens the engine: in memory where `files` says that nothing but files is read and written, else on
    /// the job's tables, which are made where they are missing.
    ///
    /// # Errors
    ///
    /// When another program has the tables open, or settings of the engine are wrong.
    pub fn open(job: &Asin, files: bool) -> anyhow::Result<Self> {
        let spill = Spill::new().context("The system's temporary folder cannot be used")?;
        let mut settings = vec![
            ("temp_directory", spill.path().to_string_lossy().into_owned()),
            // Rows have no order; where one matters it is asked for.
            ("preserve_insertion_order", "false".to_owned()),
        ];
        settings.extend(job.config.threads.map(|threads| ("threads", threads.to_string())));
        let limit = job.config.memory_limit.as_deref().unwrap_or(MEMORY_LIMIT);
        settings.push(("memory_limit", limit.to_owned()));
        let file = (!files).then(|| job.store.root().join(WAREHOUSE));
        let db = DuckDb::open(file.as_deref(), &settings).with_context(|| match &file {
            Some(file) => format!("{} cannot be opened: does another run use it?", file.display()),
            None => "The engine does not start: check AIM_THREADS and AIM_MEMORY_LIMIT".to_owned(),
        })?;
        if !files {
            db.transaction(&[render("asin/tables.sql", context! { schema => SCHEMA })?])?;
        }
        let outbox = job.cloud.as_ref().filter(|_| !files).map(|cloud| cloud.outbox());
        if let Some(outbox) = &outbox {
            outbox.runtime().stops(&db);
        }
        Ok(Self { db, threads: job.config.threads, outbox, _spill: spill })
    }

    /// The engine.
    pub fn db(&self) -> &DuckDb {
        &self.db
    }

    /// The rows of files, one after the other, or of a query where there is none: with each row's place, as
    /// `#place`.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::source`].
    pub fn placed(&self, files: &[PathBuf], query: &Statement) -> anyhow::Result<Source> {
        let relation = match files {
            [] => query.sql.clone(),
            files => {
                let select = |(at, file): (usize, &PathBuf)| -> anyhow::Result<String> {
                    let place = match kind(file)? {
                        Kind::Parquet => "file_row_number",
                        Kind::Csv => "row_number() over ()",
                    };
                    let place = format!("({at}::bigint << 40) + {place} as \"#place\"");
                    Ok(format!("select *, {place} from {}", reader(file)?))
                };
                let selects = files.iter().enumerate().map(select);
                selects.collect::<Result<Vec<_>, _>>()?.join(" union all by name ")
            }
        };
        let name = match files {
            [] => query.name.clone(),
            files => {
                files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
            }
        };
        self.relation(&name, format!("({relation})"))
    }

    /// The rows that a query returns.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn query(&self, query: &Statement) -> anyhow::Result<Source> {
        self.relation(&query.name, format!("({})", query.sql))
    }

    /// The rows of `file`, or of a table of the job where there is none.
    ///
    /// # Errors
    ///
    /// A file that is missing, of another kind or broken.
    pub fn source(&self, file: Option<&Path>, table: &str) -> anyhow::Result<Source> {
        let (relation, name) = match file {
            Some(file) => (reader(file)?, file.display().to_string()),
            None => (Dialect::DuckDb.table(SCHEMA, table), format!("The table {table}")),
        };
        self.relation(&name, relation)
    }

    fn relation(&self, name: &str, relation: String) -> anyhow::Result<Source> {
        let columns = self.columns(&Statement::new(name, &*relation))?;
        Ok(Source::new(name, relation, columns))
    }

    /// The rows of a query, every value as text.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn rows(&self, query: &Statement) -> anyhow::Result<Vec<Vec<Option<String>>>> {
        self.db.rows(query)
    }

    /// The scope with its products named: the first ones of the rows, where only their number is given.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn scope(&self, scope: &Scope, source: &Source) -> anyhow::Result<Scope> {
        let (Some(limit), None) = (scope.limit, &scope.asins) else {
            return Ok(scope.clone());
        };
        source.require(&["asin"])?;
        let first = render("asin/first.sql", context! { source, limit })?;
        let asins = self.db.rows(&first)?.into_iter().flatten().flatten().collect();
        Ok(Scope { asins: Some(asins), ..scope.clone() })
    }

    fn columns(&self, relation: &Statement) -> anyhow::Result<Vec<(String, String)>> {
        columns(&self.db, relation)
    }

    fn count(&self, query: &Statement) -> anyhow::Result<u64> {
        let count = self.db.rows(query)?.into_iter().flatten().flatten().next();
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or_default())
    }
}

/// Names and types of the columns of what can be selected from.
pub(super) fn columns(db: &DuckDb, relation: &Statement) -> anyhow::Result<Vec<(String, String)>> {
    let describe =
        Statement::new(&*relation.name, format!("describe select * from {}", relation.sql));
    let pair = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        Some((cells.next()?, cells.next()?))
    };
    Ok(db.rows(&describe)?.into_iter().filter_map(pair).collect())
}

impl Source {
    /// What can be selected from, with the names and types of its columns.
    pub fn new(name: &str, relation: String, columns: Vec<(String, String)>) -> Self {
        Self { relation, name: name.to_owned(), columns }
    }

    /// Whether the rows have this column.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == column)
    }

    /// The type of each column, for the macros of `asin/columns.sql`.
    pub fn types(&self) -> Value {
        Value::from_pairs(self.columns.iter().map(|(name, kind)| (name.clone(), kind.clone())))
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns in order, with their types.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|(name, kind)| (&**name, &**kind))
    }

    /// The type of a column.
    pub fn kind(&self, column: &str) -> Option<&str> {
        let mut columns = self.columns();
        columns.find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, kind)| kind)
    }

    /// Refuses rows without these columns.
    ///
    /// # Errors
    ///
    /// When one is missing; all that are missing are named.
    pub fn require(&self, columns: &[&str]) -> anyhow::Result<()> {
        let missing: Vec<&str> =
            columns.iter().copied().filter(|column| !self.has(column)).collect();
        if !missing.is_empty() {
            bail!("{} has no column {}", self.name, missing.join(", "));
        }
        Ok(())
    }
}

impl From<&Source> for Value {
    /// Prints as what to select from.
    fn from(source: &Source) -> Self {
        Self::from_safe_string(source.relation.clone())
    }
}

enum Kind {
    Parquet,
    Csv,
}

fn kind(file: &Path) -> anyhow::Result<Kind> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("parquet" | "pq") => Ok(Kind::Parquet),
        Some("csv") => Ok(Kind::Csv),
        _ => bail!("{} is neither .parquet, .pq nor .csv", file.display()),
    }
}

fn reader(file: &Path) -> anyhow::Result<String> {
    let path = quote_literal(&text(file)?);
    if !file.is_file() {
        bail!("{} is missing", file.display());
    }
    Ok(match kind(file)? {
        Kind::Parquet => format!("read_parquet({path})"),
        // Every cell is a text: a guessed type would depend on the data.
        Kind::Csv => format!(
            "read_csv({path}, header = true, skip = 0, all_varchar = true, delim = ',', quote = '\"', \
             escape = '\"', comment = '')"
        ),
    })
}
