//! Tables of the warehouse as a COPY stream.

use super::cast::{CastOptions, Column};
use super::rows::{HEADER, TRAILER};
use super::schema::column_type;
use crate::config::reco::{ColumnType, DecimalMode};
use anyhow::Context as _;
use bytes::{BufMut as _, Bytes};
use duckdb::arrow::datatypes::Schema;
use duckdb::arrow::record_batch::RecordBatch;

/// Nothing is changed on the way.
const AS_IT_IS: CastOptions = CastOptions { decimals: DecimalMode::Exact, strip_nul: false };

/// Encodes batches of one schema.
pub(super) struct Encoder {
    columns: Vec<(String, ColumnType)>,
    buffer: Vec<u8>,
}

impl Encoder {
    /// Begins a stream.
    ///
    /// # Errors
    ///
    /// When a column is of a type that is not published.
    pub(super) fn new(schema: &Schema) -> anyhow::Result<Self> {
        let columns = schema
            .fields()
            .iter()
            .map(|field| Ok((field.name().clone(), column_type(field.name(), field.data_type())?)));
        Ok(Self { columns: columns.collect::<anyhow::Result<_>>()?, buffer: HEADER.to_vec() })
    }

    /// How many bytes wait to be sent.
    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// What waits to be sent.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.buffer).into()
    }

    /// Ends the stream.
    pub(super) fn finish(mut self) -> Bytes {
        self.buffer.put_slice(TRAILER);
        self.take()
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    ///
    /// When PostgreSQL cannot store a cell.
    pub(super) fn batch(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let count = i16::try_from(batch.num_columns())?;
        let cells = batch.columns().iter().map(Column::new);
        let cells = cells.collect::<anyhow::Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            self.buffer.put_i16(count);
            for (cells, (name, column_type)) in cells.iter().zip(&self.columns) {
                let value = cells.value(row, column_type, AS_IT_IS);
                let value = value.with_context(|| format!("The column {name} cannot be stored"))?;
                value.encode(&mut self.buffer);
            }
        }
        Ok(())
    }
}
