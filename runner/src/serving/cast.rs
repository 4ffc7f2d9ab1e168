//! What a cell of a shard becomes in PostgreSQL, exactly.
//!
//! [`check`] refuses what no rule covers before anything is read; [`Cast`] converts cell by cell, and
//! says why one does not fit. Nothing is cut, wrapped or guessed.

mod column;
mod number;

use super::numeric::{EPOCH_DAYS, EPOCH_MICROS};
use super::value::{INFINITY, NEGATIVE_INFINITY, Value};
use super::wkb;
use crate::config::reco::{ColumnType, DecimalMode};
use anyhow::{Context as _, anyhow, bail, ensure};
use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::datatypes::DataType;
pub(super) use column::Column;

/// PostgreSQL's limit for one value, less one.
const LONGEST_VALUE: usize = (1 << 30) - 1;

/// Bounds of PostgreSQL's timestamps, in microseconds since 2000: 4713 BC and 294277 AD.
const FIRST_TIMESTAMP: i64 = -211_813_488_000_000_000;
const END_TIMESTAMP: i64 = 9_223_371_331_200_000_000;

/// Bounds of PostgreSQL's dates, in days since 2000: 4713 BC and 5874898 AD.
const FIRST_DATE: i64 = -2_451_545;
const END_DATE: i64 = 2_145_031_949;

/// How cells are converted.
#[derive(Debug, Clone, Copy)]
pub struct CastOptions {
    /// What a decimal column is.
    pub decimals: DecimalMode,
    /// Leave NUL characters out of texts, instead of refusing them.
    pub strip_nul: bool,
}

/// Refuses a column that no rule covers.
///
/// # Errors
///
/// When values of type `from` cannot become `to`.
pub(super) fn check(from: &DataType, to: &ColumnType) -> anyhow::Result<()> {
    use ColumnType as To;
    let fits = match to {
        To::Varchar | To::Text => is_text(from) || from.is_integer(),
        To::Json | To::Geometry | To::Bytea => is_text(from),
        To::Smallint | To::Integer | To::Bigint => is_text(from) || from.is_numeric(),
        To::Real | To::Double | To::Decimal => from.is_numeric(),
        To::Boolean => *from == DataType::Boolean,
        To::Timestamp => matches!(from, DataType::Timestamp(..) | DataType::Date32),
        To::Date => *from == DataType::Date32,
        To::Array(element) => match from {
            DataType::List(field) if field.data_type().is_nested() => {
                bail!("nested arrays are not supported")
            }
            DataType::List(field) => return check(field.data_type(), element),
            _ => false,
        },
        To::Numeric | To::Geography => false,
    };
    ensure!(fits, "{from} cannot become {}", to.sql(DecimalMode::Compat, "postgis"));
    Ok(())
}

fn is_text(from: &DataType) -> bool {
    matches!(from, DataType::Utf8 | DataType::Binary | DataType::BinaryView)
}

/// Converts the cells of one column of one batch.
pub(super) struct Cast<'a> {
    source: Source,
    to: &'a ColumnType,
    options: CastOptions,
}

enum Source {
    Plain(Column),
    List { lists: ArrayRef, element: Box<ColumnType> },
}

impl<'a> Cast<'a> {
    /// Prepares a column that [`check`] has let through.
    pub(super) fn new(
        array: &ArrayRef,
        to: &'a ColumnType,
        options: CastOptions,
    ) -> anyhow::Result<Self> {
        let source = match to {
            ColumnType::Array(element) => {
                Source::List { lists: array.clone(), element: element.clone() }
            }
            _ => Source::Plain(Column::new(array)?),
        };
        Ok(Self { source, to, options })
    }

    /// The cell in row `row`.
    ///
    /// # Errors
    ///
    /// When it does not fit; the message says why, and shows it.
    pub(super) fn value(&self, row: usize) -> anyhow::Result<Value<'_>> {
        match &self.source {
            Source::Plain(column) => column.value(row, self.to, self.options),
            Source::List { lists, .. } if lists.is_null(row) => Ok(Value::Null),
            Source::List { lists, element } => {
                let list = Column::new(&lists.as_list::<i32>().value(row))?;
                let values = (0..list.len).map(|at| {
                    let value = list.value(at, element, self.options);
                    value.map(owned).with_context(|| format!("element {}", at + 1))
                });
                let values = values.collect::<anyhow::Result<_>>()?;
                Ok(Value::Array { element: oid(element), values })
            }
        }
    }
}

/// An element outlives the slice of the list it was read from.
fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Text(bytes) => Value::OwnedText(bytes.to_vec()),
        Value::Bytes(bytes) => Value::OwnedBytes(bytes.to_vec()),
        Value::OwnedText(bytes) => Value::OwnedText(bytes),
        Value::OwnedBytes(bytes) => Value::OwnedBytes(bytes),
        Value::Boolean(value) => Value::Boolean(value),
        Value::Smallint(value) => Value::Smallint(value),
        Value::Integer(value) => Value::Integer(value),
        Value::Bigint(value) => Value::Bigint(value),
        Value::Real(value) => Value::Real(value),
        Value::Double(value) => Value::Double(value),
        Value::Numeric { unscaled, scale } => Value::Numeric { unscaled, scale },
        Value::Timestamp(value) => Value::Timestamp(value),
        Value::Date(value) => Value::Date(value),
        Value::Digits(value) => Value::Digits(value),
        Value::Null | Value::Array { .. } => Value::Null,
    }
}

/// PostgreSQL's number of a type that arrays can have.
fn oid(element: &ColumnType) -> u32 {
    match element {
        ColumnType::Boolean => 16,
        ColumnType::Bytea => 17,
        ColumnType::Bigint => 20,
        ColumnType::Smallint => 21,
        ColumnType::Integer => 23,
        ColumnType::Real => 700,
        ColumnType::Double => 701,
        ColumnType::Varchar => 1043,
        ColumnType::Date => 1082,
        ColumnType::Timestamp => 1114,
        ColumnType::Decimal | ColumnType::Numeric => 1700,
        _ => 25,
    }
}

fn bytes<'v>(bytes: &'v [u8], to: &ColumnType, options: CastOptions) -> anyhow::Result<Value<'v>> {
    ensure!(
        bytes.len() <= LONGEST_VALUE,
        "it is {} bytes long, and PostgreSQL takes no more than {LONGEST_VALUE}",
        bytes.len()
    );
    match to {
        ColumnType::Bytea => return Ok(Value::Bytes(bytes)),
        ColumnType::Geometry if matches!(bytes.first(), Some(0 | 1)) => {
            return wkb::normalise(bytes).map(Value::OwnedBytes).context("it is no geometry");
        }
        _ => {}
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        anyhow!("it is not valid UTF-8: see its byte {}", error.valid_up_to() + 1)
    })?;
    match to {
        ColumnType::Geometry => {
            wkb::from_text(text).map(Value::OwnedBytes).context("it is no geometry")
        }
        ColumnType::Smallint | ColumnType::Integer | ColumnType::Bigint => {
            let parsed = text.trim().parse().ok();
            let parsed: i64 = parsed.with_context(|| format!("{} is no integer", shown(text)))?;
            number::integer(parsed, to, options)
        }
        ColumnType::Json => {
            let valid = serde_json::from_str::<serde::de::IgnoredAny>(text);
            valid.map_err(|error| anyhow!("it is no JSON: {error}"))?;
            Ok(Value::Text(bytes))
        }
        _ if bytes.contains(&0) => {
            ensure!(
                options.strip_nul,
                "{} has a NUL character, which PostgreSQL cannot store (import-table leaves it out with \
                 --nul-bytes strip)",
                shown(text)
            );
            Ok(Value::OwnedText(bytes.iter().copied().filter(|byte| *byte != 0).collect()))
        }
        _ => Ok(Value::Text(bytes)),
    }
}

/// A value for a message: short, and on one line.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

fn scaled(value: i64, factor: i64) -> anyhow::Result<i64> {
    value.checked_mul(factor).context("it is outside PostgreSQL's timestamps")
}

/// Microseconds since 1970; the bounds are DuckDB's infinities.
fn timestamp(micros: i64) -> anyhow::Result<Value<'static>> {
    if micros == i64::MAX {
        return Ok(Value::Timestamp(INFINITY));
    }
    if micros == -i64::MAX || micros == i64::MIN {
        return Ok(Value::Timestamp(NEGATIVE_INFINITY));
    }
    let since_2000 = micros.checked_sub(EPOCH_MICROS);
    let value = since_2000.filter(|value| (FIRST_TIMESTAMP..END_TIMESTAMP).contains(value));
    value.map(Value::Timestamp).context("it is outside PostgreSQL's timestamps")
}

/// Days since 1970; the bounds are DuckDB's infinities.
fn date(days: i32, to: &ColumnType) -> anyhow::Result<Value<'static>> {
    let infinity = match days {
        i32::MAX => Some(true),
        days if days == -i32::MAX || days == i32::MIN => Some(false),
        _ => None,
    };
    let since_2000 = i64::from(days) - i64::from(EPOCH_DAYS);
    match (to, infinity) {
        (ColumnType::Timestamp, Some(true)) => Ok(Value::Timestamp(INFINITY)),
        (ColumnType::Timestamp, Some(false)) => Ok(Value::Timestamp(NEGATIVE_INFINITY)),
        (ColumnType::Timestamp, None) => {
            let midnight = i64::from(days).checked_mul(86_400_000_000);
            midnight.context("it is outside PostgreSQL's timestamps").and_then(timestamp)
        }
        (_, Some(true)) => Ok(Value::Date(i32::MAX)),
        (_, Some(false)) => Ok(Value::Date(i32::MIN)),
        (_, None) => {
            ensure!(
                (FIRST_DATE..END_DATE).contains(&since_2000),
                "it is outside PostgreSQL's dates"
            );
            Ok(Value::Date(i32::try_from(since_2000)?))
        }
    }
}

#[cfg(test)]
mod tests;
