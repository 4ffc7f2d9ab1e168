//! A column of numbers of whichever SQL type, read as doubles.

use super::error::Error;
use super::input::{Values, Vector};
use libduckdb_sys as duckdb;

/// A column of numbers, each read as what the engine's cast to DOUBLE gives.
pub(super) struct Numbers<'a> {
    stored: Stored<'a>,
    /// Width and scale of a decimal type.
    decimal: Option<(u8, u8)>,
}

/// The memory form of the numbers.
enum Stored<'a> {
    F64(Values<'a, f64>),
    F32(Values<'a, f32>),
    I8(Values<'a, i8>),
    I16(Values<'a, i16>),
    I32(Values<'a, i32>),
    I64(Values<'a, i64>),
    I128(Values<'a, duckdb::duckdb_hugeint>),
    U8(Values<'a, u8>),
    U16(Values<'a, u16>),
    U32(Values<'a, u32>),
    U64(Values<'a, u64>),
    U128(Values<'a, duckdb::duckdb_uhugeint>),
    /// A column of the type of a bare NULL.
    Null,
}

impl<'a> Numbers<'a> {
    /// The column's numbers; `None` where its type is no type of numbers.
    pub(super) fn new(vector: Vector<'a>) -> Result<Option<Self>, Error> {
        let logical = vector.logical();
        let (mut form, mut decimal) = (logical.id(), None);
        if form == duckdb::DUCKDB_TYPE_DUCKDB_TYPE_DECIMAL {
            let (width, scale, integer) = logical.decimal();
            (form, decimal) = (integer, Some((width, scale)));
        }
        // SAFETY: each type is read in the memory form that the engine documents for it.
        let stored = unsafe {
            match form {
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_DOUBLE => Stored::F64(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_FLOAT => Stored::F32(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_TINYINT => Stored::I8(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_SMALLINT => Stored::I16(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_INTEGER => Stored::I32(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_BIGINT => Stored::I64(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_HUGEINT => Stored::I128(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_UTINYINT => Stored::U8(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_USMALLINT => Stored::U16(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_UINTEGER => Stored::U32(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_UBIGINT => Stored::U64(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_UHUGEINT => Stored::U128(vector.values_as()?),
                duckdb::DUCKDB_TYPE_DUCKDB_TYPE_SQLNULL => Stored::Null,
                _ => return Ok(None),
            }
        };
        Ok(Some(Self { stored, decimal }))
    }

    /// The number of `row`; `None` for NULL.
    pub(super) fn get(&self, row: usize) -> Option<f64> {
        match &self.stored {
            Stored::F64(values) => values.get(row),
            Stored::F32(values) => values.get(row).map(f64::from),
            Stored::I8(values) => values.get(row).map(f64::from),
            Stored::I16(values) => values.get(row).map(|value| self.integer(value.into())),
            Stored::I32(values) => values.get(row).map(|value| self.integer(value.into())),
            Stored::I64(values) => values.get(row).map(|value| self.integer(value)),
            Stored::I128(values) => values.get(row).map(|value| self.huge(value)),
            Stored::U8(values) => values.get(row).map(f64::from),
            Stored::U16(values) => values.get(row).map(f64::from),
            Stored::U32(values) => values.get(row).map(f64::from),
            Stored::U64(values) => values.get(row).map(|value| value as f64),
            Stored::U128(values) => values
                .get(row)
                .map(|value| (u128::from(value.upper) << 64 | u128::from(value.lower)) as f64),
            Stored::Null => None,
        }
    }

    fn integer(&self, value: i64) -> f64 {
        if self.decimal.is_none() {
            return value as f64;
        }
        self.huge(duckdb::duckdb_hugeint { lower: value as u64, upper: value >> 63 })
    }

    fn huge(&self, value: duckdb::duckdb_hugeint) -> f64 {
        match self.decimal {
            None => (i128::from(value.upper) << 64 | i128::from(value.lower)) as f64,
            Some((width, scale)) => {
                let decimal = duckdb::duckdb_decimal { width, scale, value };
                // SAFETY: takes and gives plain values.
                unsafe { duckdb::duckdb_decimal_to_double(decimal) }
            }
        }
    }
}
