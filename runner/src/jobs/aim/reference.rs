//! Files below `reference/` are what the warehouse's tables hold before the first stage.

use crate::context::Context;
use crate::store::ObjectStore as _;
use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use anyhow::{Context as _, bail};

pub(super) const FOLDER: &str = "reference";

/// Loads `reference/<dataset>/<table>.parquet` (or `.csv`) into `<dataset>.<table>`, each replaced.
pub(super) fn load(context: &Context<'_>) -> anyhow::Result<()> {
    let mut loaded = Vec::new();
    let mut statements = Vec::new();
    for path in context.store.list(FOLDER)? {
        let table = table_of(&path)?;
        if loaded.contains(&table) {
            bail!("{path} is a second file for the table {table}: keep one of them");
        }
        statements.push(DuckDb::load_statement(&table, &context.store.local_copy(&path)?)?);
        loaded.push(table);
    }
    context
        .warehouse
        .transaction(&statements)
        .context("A reference table cannot be loaded: correct its file, or remove it")?;
    tracing::info!("{} reference tables loaded", loaded.len());
    Ok(())
}

fn table_of(path: &str) -> anyhow::Result<TableName> {
    let parts: Vec<&str> = path.split('/').collect();
    let name = |file: &str| {
        [".parquet", ".csv"].iter().find_map(|end| file.strip_suffix(end).map(str::to_owned))
    };
    match parts[..] {
        [_, dataset, file] if name(file).is_some() => {
            Ok(TableName::new(dataset, name(file).unwrap_or_default()))
        }
        _ => bail!(
            "{path} is no reference table: name it {FOLDER}/<dataset>/<table>.parquet or .csv"
        ),
    }
}
