//! Arrow to PostgreSQL's binary COPY stream.

use anyhow::bail;
use bytes::{BufMut as _, Bytes, BytesMut};
use duckdb::arrow::array::{Array, ArrayRef, AsArray as _};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType,
};
use duckdb::arrow::record_batch::RecordBatch;

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL begins to count.
const EPOCH_DAYS: i32 = 10_957;

/// The same in microseconds.
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

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
                numeric(out, value, u16::try_from(*scale)?);
            }
            other => bail!("The type {other} is not published"),
        }
        Ok(())
    }
}

/// PostgreSQL's numeric: digits to the base of 10,000, the point between two of them.
fn numeric(out: &mut BytesMut, value: i128, scale: u16) {
    const BASE: u128 = 10_000;
    let padding = (4 - scale % 4) % 4;
    let mut rest = value.unsigned_abs();
    let mut digits: Vec<i16> = Vec::with_capacity(12);
    // The lowest digit may be cut by the point: fill it up to four places. Done digit by digit,
    // because the whole number could overflow.
    if padding > 0 {
        let places = 10_u128.pow(u32::from(4 - padding));
        digits.push((rest % places * 10_u128.pow(u32::from(padding))) as i16);
        rest /= places;
    }
    while rest > 0 {
        digits.push((rest % BASE) as i16);
        rest /= BASE;
    }
    let fraction = i16::try_from(scale.div_ceil(4)).unwrap_or(i16::MAX);
    let weight = digits.len() as i16 - fraction - 1;
    digits.reverse();
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let leading = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = &digits[leading..];
    out.put_i32(8 + 2 * digits.len() as i32);
    out.put_i16(digits.len() as i16);
    out.put_i16(if digits.is_empty() { 0 } else { weight - leading as i16 });
    out.put_u16(if value < 0 && !digits.is_empty() { 0x4000 } else { 0 });
    out.put_u16(scale);
    for digit in digits {
        out.put_i16(*digit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that an encoded numeric stands for, by PostgreSQL's own rule.
    fn decode(bytes: &[u8]) -> String {
        let word = |at: usize| i16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let (count, weight, sign, scale) = (word(4), word(6), word(8), word(10));
        assert_eq!(bytes.len(), 12 + 2 * count as usize);
        let digit = |position: i16| {
            let index = weight - position;
            if (0..count).contains(&index) { word(12 + 2 * index as usize) } else { 0 }
        };
        let mut text: String =
            (0..=weight.max(0)).rev().map(|p| format!("{:04}", digit(p))).collect();
        text = text.trim_start_matches('0').to_owned();
        if text.is_empty() {
            text.push('0');
        }
        if scale > 0 {
            let groups = (scale + 3) / 4;
            let fraction: String = (1..=groups).map(|p| format!("{:04}", digit(-p))).collect();
            text = format!("{text}.{}", &fraction[..scale as usize]);
        }
        if sign == 0x4000 { format!("-{text}") } else { text }
    }

    #[test]
    fn numerics_keep_every_digit() {
        for (value, scale, expected) in [
            (0, 0, "0"),
            (0, 9, "0.000000000"),
            (9_001_000_000, 9, "9.001000000"),
            (-1, 9, "-0.000000001"),
            (12_345, 2, "123.45"),
            (10_000, 0, "10000"),
            (123_456_789_012_345_678_901_234_567_890_i128, 9, "123456789012345678901.234567890"),
            (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
            (i128::MIN, 1, "-17014118346046923173168730371588410572.8"),
        ] {
            let mut out = BytesMut::new();
            numeric(&mut out, value, scale);
            assert_eq!(decode(&out), expected, "{value} with scale {scale}");
        }
    }
}
