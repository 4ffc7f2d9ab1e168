//! Where rows go: a file or a table of the job, replaced whole or not at all.

use super::{Kind, SCHEMA, Source, Workspace, kind, text};
use crate::cloud::Replaced;
use crate::jobs::asin::files;
use crate::warehouse::template::{Dialect, Statement, quote_identifier, quote_literal, render};
use minijinja::{Value, context};
use std::path::Path;

/// The condition on the rows of a scope.
const OF_SCOPE: &str = "asin/day.sql";

/// The table that rows are gathered in before they replace others.
const STAGED: &str = "staged";

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
    /// Those of some days and products, as templates take a scope.
    Scope(Value),
    /// All.
    All,
}

impl Workspace {
    /// Writes what a query returns; answers how many rows that are. A reader sees all of it or nothing.
    ///
    /// # Errors
    ///
    /// The engine's, or that the file cannot be written.
    pub fn write(&self, query: &Statement, sink: &Sink<'_>) -> anyhow::Result<u64> {
        self.write_parts(std::slice::from_ref(query), sink)
    }

    /// As [`Workspace::write`], of several queries, one after the other.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::write`].
    pub fn write_parts(&self, queries: &[Statement], sink: &Sink<'_>) -> anyhow::Result<u64> {
        match (sink, queries) {
            (Sink::File(file), [query]) => self.write_file(query, file),
            (Sink::File(file), _) => {
                self.stage(queries)?;
                let all = Statement::new("staged rows", format!("select * from {STAGED}"));
                let rows = self.write_file(&all, file)?;
                let drop = Statement::new("staged rows", format!("drop table {STAGED}"));
                self.db.transaction(&[drop])?;
                Ok(rows)
            }
            (Sink::Table(table, replace), _) => {
                self.stage(queries)?;
                self.replace(table, replace)
            }
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
        let name = &*query.name;
        let format = match kind(file)? {
            Kind::Parquet => "format parquet, compression snappy",
            Kind::Csv => "format csv, header true",
        };
        files::write_by(file, |staged| {
            let target = quote_literal(&text(staged)?);
            let query = query.sql.trim_end_matches(';');
            let copy = format!("copy ({query}) to {target} ({format})");
            self.count(&Statement::new(name, copy))
        })
    }

    /// Gathers what queries return in a table of this session.
    fn stage(&self, queries: &[Statement]) -> anyhow::Result<()> {
        let stage = |(at, query): (usize, &Statement)| {
            let sql = query.sql.trim_end_matches(';');
            let into = match at {
                0 => format!("create or replace temp table {STAGED} as"),
                _ => format!("insert into {STAGED}"),
            };
            Statement::new(&*query.name, format!("{into} {sql}"))
        };
        self.db.transaction(&queries.iter().enumerate().map(stage).collect::<Vec<_>>())
    }

    /// Puts the staged rows into a table, in the place of others; answers how many they are.
    fn replace(&self, table: &str, replace: &Replace) -> anyhow::Result<u64> {
        let name = Dialect::DuckDb.table(SCHEMA, table);
        let condition = match replace {
            Replace::Scope(scope) => render(OF_SCOPE, context! { scope })?.sql,
            Replace::All => "true".to_owned(),
            Replace::Keys(keys) => {
                let equal = |key: &&str| {
                    let key = quote_identifier(key);
                    format!("staged.{key} is not distinct from old.{key}")
                };
                let equal = keys.iter().map(equal).collect::<Vec<_>>().join(" and ");
                format!("exists (select 1 from {STAGED} as staged where {equal})")
            }
        };
        let rows = self.count(&Statement::new(table, format!("select count(*) from {STAGED}")))?;
        let known = self.columns(&Statement::new(table, &*name))?;
        let new = self.columns(&Statement::new(table, STAGED))?;
        let is_known = |column: &str| known.iter().any(|(known, _)| known == column);
        let added =
            new.into_iter().filter(|(column, _)| !is_known(column)).map(|(column, kind)| {
                format!("alter table {name} add column {} {kind};\n", quote_identifier(&column))
            });
        let added: String = added.collect();
        self.db.transaction(&[Statement::new(
            table,
            format!(
                "{added}delete from {name} as old where {condition};\n\
                 insert into {name} by name select * from {STAGED}"
            ),
        )])?;
        self.has_written(table, STAGED, || match replace {
            Replace::Keys(keys) => Replaced::Keys(keys.iter().map(|key| same(key)).collect()),
            Replace::Scope(scope) => Replaced::Where { condition: OF_SCOPE, scope: scope.clone() },
            Replace::All => Replaced::All,
        })?;
        Ok(rows)
    }

    /// Says that the rows of another table have replaced some of a table of the job.
    ///
    /// # Errors
    ///
    /// When they cannot be kept for where they go besides.
    pub(in super::super) fn has_written(
        &self,
        table: &str,
        rows: &str,
        replaced: impl FnOnce() -> Replaced,
    ) -> anyhow::Result<()> {
        let outbox = self.outbox.as_ref();
        outbox.map_or(Ok(()), |outbox| outbox.add(&self.db, table, rows, replaced()))
    }
}

/// Equal values of a column, as [`Replaced::Keys`] has them.
pub(in super::super) fn same(column: &str) -> [String; 2] {
    ["staged", "old"].map(|rows| format!("{rows}.{column}"))
}
