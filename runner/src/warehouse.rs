//! The warehouse: where tables live and SQL runs.
//!
//! * [`duckdb`] is the local one, a file inside the process; [`working_copy`] keeps what its readers see
//!   whole while a run works.
//! * [`bigquery`] is the one in the cloud, which takes and gives tables whole.
//! * [`template`] turns the statements under `sql/` into text; no SQL is put together anywhere else.
//!   A statement that runs on both warehouses is written once, with the macros of its [`dialect`]; what somebody
//!   chose goes to BigQuery as a [`parameter`].

pub mod bigquery;
pub mod dialect;
pub mod duckdb;
pub mod parameter;
pub mod template;
pub mod working_copy;

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
