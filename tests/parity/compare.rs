//! How much two tables differ, whatever the order of their rows.

use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::{Statement, quote_identifier, quote_literal};
use anyhow::{Context as _, ensure};
use std::path::Path;

/// Rows that differ and are shown.
const SHOWN: usize = 6;

/// What a comparison came to.
#[derive(Debug)]
pub(crate) struct Difference {
    /// Cells of the larger table.
    pub(crate) cells: u64,
    /// Cells that the other one does not have in a row like theirs.
    pub(crate) different: u64,
    /// Some of the rows that differ, ours with a minus and theirs with a plus.
    pub(crate) rows: String,
}

/// Compares a query on the warehouse `w` in a file with the rows in Parquet files.
///
/// Rows that are equal as a whole are set against one another; of the others, in their order, each with
/// its counterpart, every cell that differs counts. Columns must have the same names, whatever their case,
/// and types, whatever their width.
pub(crate) fn compare(warehouse: &Path, ours: &str, theirs: &Path) -> anyhow::Result<Difference> {
    let engine = DuckDb::open_bare(None, &[])?;
    let execute =
        |sql: &str| engine.connection().execute_batch(sql).with_context(|| sql.to_owned());
    let columns = |table: &str| -> anyhow::Result<Vec<Vec<String>>> {
        let query = format!("select column_name, column_type from (describe {table})");
        let rows = engine.rows(&Statement::new("columns", query))?;
        Ok(rows.into_iter().map(|row| row.into_iter().flatten().collect()).collect())
    };
    let path = |path: &Path| path.to_str().map(quote_literal).context("The path is no UTF-8");
    execute(&format!("attach {} as w (read_only)", path(warehouse)?))?;
    execute(&format!("create view ours as {ours}"))?;
    execute(&format!("create view loaded as select * from read_parquet({})", path(theirs)?))?;
    let (mine, other) = (columns("ours")?, columns("loaded")?);
    ensure!(kinds(&mine) == kinds(&other), "The columns differ: {mine:?} and {other:?}");
    let casts: Vec<String> = mine
        .iter()
        .map(|column| format!("cast({0} as {1}) as {0}", quote_identifier(&column[0]), column[1]))
        .collect();
    execute(&format!("create view theirs as select {} from loaded", casts.join(", ")))?;
    for (only, one, other) in [("only_ours", "ours", "theirs"), ("only_theirs", "theirs", "ours")] {
        execute(&format!(
            "create table {only} as from (from {one} except all from {other}) order by all"
        ))?;
    }

    let names: Vec<String> = mine.iter().map(|column| quote_identifier(&column[0])).collect();
    let unequal: Vec<String> =
        names.iter().map(|name| format!("(o.{name} is distinct from t.{name})::bigint")).collect();
    let counts = format!(
        "select (select greatest((select count(*) from ours), (select count(*) from theirs))) * {width}, \
         (select coalesce(sum(if(o.row is null or t.row is null, {width}, {})), 0) \
          from (select *, row_number() over () as row from only_ours) as o \
          full join (select *, row_number() over () as row from only_theirs) as t on o.row = t.row)",
        unequal.join(" + "),
        width = names.len(),
    );
    let counts = engine.rows(&Statement::new("counts", counts))?;
    let count = |at: usize| -> anyhow::Result<u64> {
        let text = counts[0][at].as_deref().context("A count is never NULL")?;
        Ok(text.parse()?)
    };
    let (cells, different) = (count(0)?, count(1)?);
    let shown = |sign: char, table: &str| -> anyhow::Result<Vec<String>> {
        let query = format!("select columns(*)::varchar from {table} limit {SHOWN}");
        let rows = engine.rows(&Statement::new("rows", query))?;
        let text = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
        let line =
            |row: Vec<Option<String>>| row.into_iter().map(text).collect::<Vec<_>>().join("|");
        Ok(rows.into_iter().map(|row| format!("{sign} {}", line(row))).collect())
    };
    let rows = [shown('-', "only_ours")?, shown('+', "only_theirs")?].concat().join("\n");
    Ok(Difference { cells, different, rows })
}

/// Names in lower case, and types without their width.
fn kinds(columns: &[Vec<String>]) -> Vec<(String, &str)> {
    fn kind(text: &str) -> &str {
        match text {
            "INTEGER" | "BIGINT" | "DECIMAL(38,0)" => "whole number",
            text if text == "DOUBLE" || text.starts_with("DECIMAL") => "number",
            other => other,
        }
    }
    columns.iter().map(|column| (column[0].to_lowercase(), kind(&column[1]))).collect()
}
