//! Arrow to PostgreSQL's binary COPY stream.

use super::numeric::{EPOCH_DAYS, EPOCH_MICROS, put_numeric};
use anyhow::bail;
use bytes::{BufMut as _, Bytes, BytesMut};
use duckdb::arrow::array::{Array, ArrayRef, AsArray as _};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType,
};
use duckdb::arrow::record_batch::RecordBatch;

/// Encodes batches of one schema into a COPY stream.
pub(super) struct Encoder {
    buffer: BytesMut,
}

impl Encoder {
    /// Begins a stream.
    pub(super) fn new() -> Self {
        let mut buffer = BytesMut::new();
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0");
        buffer.put_i32(0); // no flags
        buffer.put_i32(0); // no header extension
        Self { buffer }
    }

    /// How many bytes wait to be sent.
    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// What waits to be sent.
    pub(super) fn take(&mut self) -> Bytes {
        self.buffer.split().freeze()
    }

    /// Ends the stream.
    pub(super) fn finish(mut self) -> Bytes {
        self.buffer.put_i16(-1);
        self.take()
    }

    /// Adds the rows of a batch.
    pub(super) fn batch(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let columns = i16::try_from(batch.num_columns())?;
        for row in 0..batch.num_rows() {
            self.buffer.put_i16(columns);
            for column in batch.columns() {
                self.value(column, row)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, column: &ArrayRef, row: usize) -> anyhow::Result<()> {
        if column.is_null(row) {
            self.buffer.put_i32(-1);
            return Ok(());
        }
        let out = &mut self.buffer;
        match column.data_type() {
            DataType::Boolean => {
                out.put_i32(1);
                out.put_u8(u8::from(column.as_boolean().value(row)));
            }
            DataType::Int8 => {
                out.put_i32(2);
                out.put_i16(column.as_primitive::<Int8Type>().value(row).into());
            }
            DataType::Int16 => {
                out.put_i32(2);
                out.put_i16(column.as_primitive::<Int16Type>().value(row));
            }
            DataType::Int32 => {
                out.put_i32(4);
                out.put_i32(column.as_primitive::<Int32Type>().value(row));
            }
            DataType::Int64 => {
                out.put_i32(8);
                out.put_i64(column.as_primitive::<Int64Type>().value(row));
            }
            DataType::Float32 => {
                out.put_i32(4);
                out.put_f32(column.as_primitive::<Float32Type>().value(row));
            }
            DataType::Float64 => {
                out.put_i32(8);
                out.put_f64(column.as_primitive::<Float64Type>().value(row));
            }
            DataType::Utf8 => {
                let text = column.as_string::<i32>().value(row);
                if text.contains('\0') {
                    bail!("A text holds a NUL character, which PostgreSQL cannot store: {text:?}");
                }
                out.put_i32(i32::try_from(text.len())?);
                out.put_slice(text.as_bytes());
            }
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>().value(row);
                out.put_i32(4);
                out.put_i32(days.saturating_sub(EPOCH_DAYS));
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                out.put_i32(8);
                out.put_i64(micros.saturating_sub(EPOCH_MICROS));
            }
            DataType::Decimal128(_, scale) => {
                let value = column.as_primitive::<Decimal128Type>().value(row);
                put_numeric(out, value, u16::try_from(*scale)?);
            }
            other => bail!("The type {other} is not published"),
        }
        Ok(())
    }
}
