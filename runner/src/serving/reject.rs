//! Rows with a cell that does not fit: what becomes of them, and where they can be looked at.

use anyhow::Context as _;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What becomes of a row with a cell that does not fit its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OnBadRow {
    /// The import fails.
    Fail,
    /// The cell becomes NULL.
    Null,
    /// The row is left out.
    Quarantine,
}

/// Rejected cells and rows, one JSON object per line.
pub struct Rejects {
    policy: OnBadRow,
    path: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    file: Option<BufWriter<File>>,
    cells: u64,
    rows: u64,
}

/// How much was rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Cells that became NULL.
    pub cells: u64,
    /// Rows that were left out.
    pub rows: u64,
}

/// Where a cell is, and what is wrong with it.
pub(super) struct Bad<'a> {
    pub(super) shard: &'a str,
    /// From 1.
    pub(super) row: u64,
    pub(super) column: &'a str,
    pub(super) reason: anyhow::Error,
}

impl Rejects {
    /// `path` is made when the first row is rejected, and replaced.
    pub fn new(policy: OnBadRow, path: &Path) -> Self {
        Self { policy, path: path.to_owned(), kept: Mutex::default() }
    }

    /// The file of rejected rows.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins anew, as a load does that is tried again.
    ///
    /// # Errors
    ///
    /// When the earlier file cannot be removed.
    pub fn reset(&self) -> anyhow::Result<()> {
        *self.lock() = Kept::default();
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Deals with a cell. `true`: it becomes NULL. `false`: its row is left out.
    ///
    /// # Errors
    ///
    /// By the policy [`OnBadRow::Fail`]; or when the file cannot be written.
    pub(super) fn cell(
        &self,
        bad: Bad<'_>,
        batch: &RecordBatch,
        at: usize,
    ) -> anyhow::Result<bool> {
        if self.policy == OnBadRow::Fail {
            return Err(bad.reason.context(format!(
                "{}, row {}, column {}: the value does not fit (--on-bad-row null or quarantine goes on without it)",
                bad.shard, bad.row, bad.column
            )));
        }
        let line = json!({
            "shard": bad.shard,
            "row": bad.row,
            "column": bad.column,
            "reason": format!("{:#}", bad.reason),
            "values": values(batch, at),
        });
        let mut kept = self.lock();
        let file = match &mut kept.file {
            Some(file) => file,
            None => {
                let file = File::create(&self.path)
                    .with_context(|| format!("{} cannot be written", self.path.display()))?;
                kept.file.insert(BufWriter::new(file))
            }
        };
        writeln!(file, "{line}")
            .with_context(|| format!("{} cannot be written", self.path.display()))?;
        let null = self.policy == OnBadRow::Null;
        *(if null { &mut kept.cells } else { &mut kept.rows }) += 1;
        Ok(null)
    }

    /// Completes the file; how much was rejected.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn finish(&self) -> anyhow::Result<Rejected> {
        let mut kept = self.lock();
        if let Some(file) = &mut kept.file {
            file.flush().with_context(|| format!("{} cannot be written", self.path.display()))?;
        }
        Ok(Rejected { cells: kept.cells, rows: kept.rows })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        // A thread that panicked left a count that is too low at worst; it ends the import anyway.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The whole row, as text.
fn values(batch: &RecordBatch, row: usize) -> Value {
    let schema = batch.schema();
    let options = FormatOptions::default();
    let cells = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        let value = match column.data_type() {
            _ if column.is_null(row) => Value::Null,
            arrow::datatypes::DataType::BinaryView => {
                use arrow::array::AsArray as _;
                String::from_utf8_lossy(column.as_binary_view().value(row)).into()
            }
            _ => ArrayFormatter::try_new(column, &options)
                .map_or(Value::Null, |formatter| formatter.value(row).to_string().into()),
        };
        (field.name().clone(), value)
    });
    Value::Object(cells.collect())
}
