//! Rows that a command reads and writes: a Parquet or CSV file, or a table of the job's warehouse.

use super::cloud::Outbox;
use super::files::text;
use super::{Asin, Scope};
use crate::cloud::Replaced;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Dialect, Statement, quote_identifier, quote_literal, render};
use anyhow::{Context as _, bail};
use minijinja::{Value, context};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The schema of the job's tables.
pub const SCHEMA: &str = "asin";

/// The job's tables, below its folder.
const WAREHOUSE: &str = "warehouse.duckdb";

/// The table that rows are gathered in before they replace others.
const STAGED: &str = "staged";

/// So many rows are put in order, and kept in memory, without a second thought.
const FEW: u64 = 1_000_000;

/// What the engine may take, unless `AIM_MEMORY_LIMIT` says otherwise: what does not fit goes to disk.
const MEMORY_LIMIT: &str = "2GB";

/// The engine, with the job's tables or without.
pub struct Workspace {
    db: DuckDb,
    /// Who is told of what is written to tables.
    outbox: Option<Arc<Outbox>>,
    /// Where the engine puts what does not fit into memory; removed in the end.
    _spill: TempDir,
}

/// Rows to read: `{{ source }}` in templates, with the columns that they have.
#[derive(Debug, Clone)]
pub struct Source {
    relation: String,
    name: String,
    /// Names and types, in order.
    columns: Vec<(String, String)>,
}

/// Where rows go.
#[derive(Debug, Clone)]
pub enum Sink<'a> {
    /// A file, which is replaced whole.
    File(&'a Path),
    /// A table of the job, in which rows are replaced.
    Table(&'static str, Replace),
}

/// Which rows of a table make place for new ones.
#[derive(Debug, Clone)]
pub enum Replace {
    /// Those with the same values in these columns.
    Keys(&'static [&'static str]),
    /// Those that a condition holds for.
    Where(Statement),
}

impl Workspace {
    /// Opens the engine: in memory where `files` says that nothing but files is read and written, else on
    /// the job's tables, which are made where they are missing.
    ///
    /// # Errors
    ///
    /// When another program has the tables open, or settings of the engine are wrong.
    pub fn open(job: &Asin, files: bool) -> anyhow::Result<Self> {
        let spill = tempfile::Builder::new().prefix("aim-asin-").tempdir()?;
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
        let outbox = job.outbox.clone().filter(|_| !files);
        if let Some(outbox) = &outbox {
            outbox.runtime().stops(&db);
        }
        Ok(Self { db, outbox, _spill: spill })
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
        let columns = columns(&self.db, &Statement::new(name, &*relation))?;
        Ok(Source { relation, name: name.to_owned(), columns })
    }

    /// Whether the rows are so few that it does not matter to put them in order, or to keep them.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn is_few(&self, source: &Source) -> anyhow::Result<bool> {
        let count = format!("select count(*) from {}", source.relation);
        Ok(self.count(&Statement::new(&*source.name, count))? <= FEW)
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

    /// Writes what a query returns; answers how many rows that are. A reader sees all of it or nothing.
    ///
    /// # Errors
    ///
    /// The engine's, or that the file cannot be written.
    pub fn write(&self, query: &Statement, sink: &Sink<'_>) -> anyhow::Result<u64> {
        match sink {
            Sink::File(file) => self.write_file(query, file),
            Sink::Table(table, replace) => self.write_table(query, table, replace),
        }
    }

    /// The rows that were written last, to this sink.
    ///
    /// # Errors
    ///
    /// When the file is gone.
    pub fn written(&self, sink: &Sink<'_>) -> anyhow::Result<Source> {
        match sink {
            Sink::File(file) => self.source(Some(file), ""),
            Sink::Table(table, _) => self.relation(table, STAGED.to_owned()),
        }
    }

    fn write_file(&self, query: &Statement, file: &Path) -> anyhow::Result<u64> {
        let format = match kind(file)? {
            Kind::Parquet => "format parquet, compression snappy",
            Kind::Csv => "format csv, header true",
        };
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let unwritable =
            || format!("{} cannot be written: check its folder and the free space", file.display());
        fs::create_dir_all(folder).with_context(unwritable)?;
        let staged = tempfile::Builder::new().prefix(".").tempfile_in(folder);
        let staged = staged.with_context(unwritable)?.into_temp_path();
        let target = quote_literal(&text(&staged)?);
        let copy = Statement::new(
            &*query.name,
            format!("copy ({}) to {target} ({format})", query.sql.trim_end_matches(';')),
        );
        let rows = self.count(&copy)?;
        fs::File::open(&staged).and_then(|file| file.sync_all()).with_context(unwritable)?;
        staged.persist(file).map_err(|error| error.error).with_context(unwritable)?;
        Ok(rows)
    }

    fn write_table(
        &self,
        query: &Statement,
        table: &str,
        replace: &Replace,
    ) -> anyhow::Result<u64> {
        let name = Dialect::DuckDb.table(SCHEMA, table);
        let condition = match replace {
            Replace::Where(condition) => condition.sql.clone(),
            Replace::Keys(keys) => {
                let equal = |key: &&str| {
                    let key = quote_identifier(key);
                    format!("staged.{key} is not distinct from old.{key}")
                };
                let equal = keys.iter().map(equal).collect::<Vec<_>>().join(" and ");
                format!("exists (select 1 from staged where {equal})")
            }
        };
        let sql = query.sql.trim_end_matches(';');
        self.db.transaction(&[Statement::new(
            &*query.name,
            format!("create or replace temp table staged as {sql}"),
        )])?;
        let rows = self.count(&Statement::new(&*query.name, "select count(*) from staged"))?;
        let known = columns(&self.db, &Statement::new(table, &*name))?;
        let new = columns(&self.db, &Statement::new(&*query.name, "staged"))?;
        let is_known = |column: &str| known.iter().any(|(known, _)| known == column);
        let added =
            new.into_iter().filter(|(column, _)| !is_known(column)).map(|(column, kind)| {
                format!("alter table {name} add column {} {kind};\n", quote_identifier(&column))
            });
        let added: String = added.collect();
        self.db.transaction(&[Statement::new(
            &*query.name,
            format!(
                "{added}delete from {name} as old where {condition};\n\
                 insert into {name} by name select * from staged"
            ),
        )])?;
        self.has_written(table, STAGED, || match replace {
            Replace::Keys(keys) => Replaced::Keys(keys.iter().map(|key| same(key)).collect()),
            Replace::Where(condition) => Replaced::Where(condition.sql.clone()),
        })?;
        Ok(rows)
    }

    /// Says that the rows of another table have replaced some of a table of the job.
    ///
    /// # Errors
    ///
    /// When they cannot be kept for where they go besides.
    pub(super) fn has_written(
        &self,
        table: &str,
        rows: &str,
        replaced: impl FnOnce() -> Replaced,
    ) -> anyhow::Result<()> {
        let outbox = self.outbox.as_ref();
        outbox.map_or(Ok(()), |outbox| outbox.add(&self.db, table, rows, replaced()))
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

/// Equal values of a column, as [`Replaced::Keys`] has them.
pub(super) fn same(column: &str) -> [String; 2] {
    ["staged", "old"].map(|rows| format!("{rows}.{column}"))
}

impl Source {
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
            "read_csv({path}, header = true, all_varchar = true, delim = ',', quote = '\"', \
             escape = '\"', comment = '')"
        ),
    })
}
