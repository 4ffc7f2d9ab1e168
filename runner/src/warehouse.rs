//! The warehouse: where tables live and SQL runs.
//!
//! * [`Warehouse`] is all that jobs see of it; [`duckdb`] is the local one, a file in the process.
//! * [`template`] turns the statements under `sql/` into text; no SQL is put together anywhere else.

pub mod duckdb;
pub mod template;

use crate::warehouse::template::Statement;
use std::path::Path;

/// A table: dataset and name, as the warehouse spells them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName {
    /// The dataset; locally a schema.
    pub dataset: String,
    /// The table in it.
    pub table: String,
}

impl TableName {
    /// Names a table.
    pub fn new(dataset: impl Into<String>, table: impl Into<String>) -> Self {
        Self { dataset: dataset.into(), table: table.into() }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.dataset, self.table)
    }
}

/// What a job may ask of a warehouse.
pub trait Warehouse {
    /// Runs the statements in one transaction: all of them, or none.
    fn transaction(&self, statements: &[Statement]) -> anyhow::Result<()>;

    /// The rows of a query, every value as text; `None` is NULL.
    fn rows(&self, query: &Statement) -> anyhow::Result<Vec<Vec<Option<String>>>>;

    /// The tables whose names begin so, in order of their names.
    fn tables(&self, dataset: &str, prefix: &str) -> anyhow::Result<Vec<TableName>>;

    /// Replaces a table by the content of a Parquet or CSV file.
    fn load_file(&self, table: &TableName, file: &Path) -> anyhow::Result<()>;
}
