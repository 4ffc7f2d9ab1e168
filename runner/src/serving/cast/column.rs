//! A column of a batch, told apart by its type once and not for every cell.

use super::{CastOptions, Value, bytes, date, number, scaled, timestamp};
use crate::config::reco::ColumnType;
use anyhow::bail;
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BinaryViewArray, BooleanArray, Date32Array,
    Decimal128Array, Decimal256Array, Float32Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};

/// Cells that are no lists.
pub(in crate::serving) struct Column {
    pub(super) len: usize,
    nulls: Option<NullBuffer>,
    cells: Cells,
}

enum Cells {
    Bytes(BinaryViewArray),
    Booleans(BooleanArray),
    Integers(Int64Array),
    Singles(Float32Array),
    Doubles(Float64Array),
    Decimals(Decimal128Array, i8),
    WideDecimals(Decimal256Array, i8),
    Dates(Date32Array),
    Seconds(PrimitiveArray<TimestampSecondType>),
    Milliseconds(PrimitiveArray<TimestampMillisecondType>),
    Microseconds(PrimitiveArray<TimestampMicrosecondType>),
    Nanoseconds(PrimitiveArray<TimestampNanosecondType>),
}

impl Column {
    /// # Errors
    ///
    /// When no rule covers its type.
    pub(in crate::serving) fn new(array: &ArrayRef) -> anyhow::Result<Self> {
        let array = widen(array)?;
        let cells = match array.data_type() {
            DataType::BinaryView => Cells::Bytes(array.as_binary_view().clone()),
            DataType::Boolean => Cells::Booleans(array.as_boolean().clone()),
            DataType::Int64 => Cells::Integers(primitive(&array)),
            DataType::Float32 => Cells::Singles(primitive(&array)),
            DataType::Float64 => Cells::Doubles(primitive(&array)),
            DataType::Decimal128(_, scale) => Cells::Decimals(primitive(&array), *scale),
            DataType::Decimal256(_, scale) => Cells::WideDecimals(primitive(&array), *scale),
            DataType::Date32 => Cells::Dates(primitive(&array)),
            DataType::Timestamp(TimeUnit::Second, _) => Cells::Seconds(primitive(&array)),
            DataType::Timestamp(TimeUnit::Millisecond, _) => Cells::Milliseconds(primitive(&array)),
            DataType::Timestamp(TimeUnit::Microsecond, _) => Cells::Microseconds(primitive(&array)),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Cells::Nanoseconds(primitive(&array)),
            other => bail!("the type {other} is not supported"),
        };
        Ok(Self { len: array.len(), nulls: array.nulls().cloned(), cells })
    }

    /// The cell in row `row`, as `to`.
    ///
    /// # Errors
    ///
    /// When it does not fit; the message says why, and shows it.
    pub(in crate::serving) fn value(
        &self,
        row: usize,
        to: &ColumnType,
        options: CastOptions,
    ) -> anyhow::Result<Value<'_>> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(Value::Null);
        }
        match &self.cells {
            Cells::Bytes(cells) => bytes(cells.value(row), to, options),
            Cells::Booleans(cells) => Ok(Value::Boolean(cells.value(row))),
            Cells::Integers(cells) => number::integer(cells.value(row), to, options),
            Cells::Singles(cells) => match to {
                ColumnType::Real => Ok(Value::Real(cells.value(row))),
                _ => number::float(cells.value(row).into(), to, options),
            },
            Cells::Doubles(cells) => number::float(cells.value(row), to, options),
            Cells::Decimals(cells, scale) => number::decimal(cells.value(row), *scale, to, options),
            Cells::WideDecimals(cells, scale) => {
                number::wide_decimal(cells.value(row), *scale, to, options)
            }
            Cells::Dates(cells) => date(cells.value(row), to),
            Cells::Seconds(cells) => timestamp(scaled(cells.value(row), 1_000_000)?),
            Cells::Milliseconds(cells) => timestamp(scaled(cells.value(row), 1000)?),
            Cells::Microseconds(cells) => timestamp(cells.value(row)),
            Cells::Nanoseconds(cells) => timestamp(cells.value(row) / 1000),
        }
    }
}

/// Fewer types to tell apart: texts as views of bytes, small integers as 64 bits.
fn widen(array: &ArrayRef) -> anyhow::Result<ArrayRef> {
    let wide = match array.data_type() {
        DataType::Utf8 | DataType::Binary => DataType::BinaryView,
        DataType::Float16 => DataType::Float32,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        from if from.is_integer() && *from != DataType::Int64 => DataType::Int64,
        _ => return Ok(array.clone()),
    };
    Ok(arrow::compute::cast(array, &wide)?)
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef) -> PrimitiveArray<T> {
    array.as_primitive().clone()
}
