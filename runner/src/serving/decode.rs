//! PostgreSQL's binary COPY format back into values: the reverse of what [`super::value`] encodes.

use super::value::Value;
use crate::config::reco::ColumnType;
use anyhow::{Context as _, bail, ensure};

/// Powers of ten within a group of a numeric's digits.
const POWERS: [i128; 5] = [1, 10, 100, 1000, 10_000];

/// A numeric's sign, where it is one.
const NEGATIVE: u16 = 0x4000;

/// The values of a row, in the order of the columns.
///
/// # Errors
///
/// When the bytes are no row of these columns.
pub(super) fn row<'a>(bytes: &'a [u8], columns: &[ColumnType]) -> anyhow::Result<Vec<Value<'a>>> {
    let mut bytes = Bytes(bytes);
    ensure!(usize::try_from(bytes.i16()?).ok() == Some(columns.len()), "another number of columns");
    let mut values = Vec::with_capacity(columns.len());
    for column in columns {
        values.push(field(&mut bytes, column)?);
    }
    ensure!(bytes.0.is_empty(), "{} bytes too many", bytes.0.len());
    Ok(values)
}

fn field<'a>(bytes: &mut Bytes<'a>, column: &ColumnType) -> anyhow::Result<Value<'a>> {
    let Ok(length) = usize::try_from(bytes.i32()?) else { return Ok(Value::Null) };
    let whole = bytes.take(length)?;
    let mut rest = Bytes(whole);
    let value = match column {
        ColumnType::Varchar | ColumnType::Text | ColumnType::Json => return Ok(Value::Text(whole)),
        ColumnType::Bytea | ColumnType::Geometry | ColumnType::Geography => {
            return Ok(Value::Bytes(whole));
        }
        ColumnType::Boolean => Value::Boolean(rest.array::<1>()? != [0]),
        ColumnType::Smallint => Value::Smallint(rest.i16()?),
        ColumnType::Integer => Value::Integer(rest.i32()?),
        ColumnType::Bigint => Value::Bigint(rest.i64()?),
        ColumnType::Real => Value::Real(f32::from_be_bytes(rest.array()?)),
        ColumnType::Double => Value::Double(f64::from_be_bytes(rest.array()?)),
        ColumnType::Timestamp => Value::Timestamp(rest.i64()?),
        ColumnType::Date => Value::Date(rest.i32()?),
        ColumnType::Decimal | ColumnType::Numeric => numeric(&mut rest)?,
        ColumnType::Array(element) => array(&mut rest, element)?,
    };
    ensure!(rest.0.is_empty(), "a value is {} bytes too long", rest.0.len());
    Ok(value)
}

fn numeric(bytes: &mut Bytes<'_>) -> anyhow::Result<Value<'static>> {
    let (count, weight) = (bytes.i16()?, i32::from(bytes.i16()?));
    let (sign, scale) = (bytes.i16()? as u16, bytes.i16()? as u16);
    ensure!(sign == 0 || sign == NEGATIVE, "a numeric is no number");
    let too_large = "a numeric has more digits than a decimal column can hold";
    let mut unscaled = 0_i128;
    for at in 0..i32::from(count) {
        let digit = i128::from(bytes.i16()?);
        // Decimal places between this group's end and the number's: a last group may be cut by the end.
        let beyond = 4 * (weight - at) + i32::from(scale);
        let (shift, digit) = match usize::try_from(-beyond) {
            Ok(cut @ 4..) => bail!("a numeric has digits behind its last place: {cut}"),
            Ok(cut) => (4 - cut, digit / POWERS[cut]),
            Err(_) => (4, digit),
        };
        let shifted = unscaled.checked_mul(POWERS[shift]);
        unscaled = shifted.and_then(|value| value.checked_add(digit)).context(too_large)?;
        if at + 1 == i32::from(count) && beyond > 0 {
            let power = 10_i128.checked_pow(beyond.unsigned_abs()).context(too_large)?;
            unscaled = unscaled.checked_mul(power).context(too_large)?;
        }
    }
    let unscaled = if sign == NEGATIVE { -unscaled } else { unscaled };
    Ok(Value::Numeric { unscaled, scale })
}

fn array<'a>(bytes: &mut Bytes<'a>, element: &ColumnType) -> anyhow::Result<Value<'a>> {
    let dimensions = bytes.i32()?;
    // Whether it has NULLs, which its elements say as well.
    bytes.i32()?;
    let element_oid = bytes.i32()? as u32;
    let length = match dimensions {
        0 => 0,
        1 => {
            let length = bytes.i32()?;
            bytes.i32()?; // where it begins to count
            length
        }
        _ => bail!("an array has {dimensions} dimensions"),
    };
    let values = (0..length).map(|_| field(bytes, element)).collect::<anyhow::Result<_>>()?;
    Ok(Value::Array { element: element_oid, values })
}

const ENDS: &str = "it ends too early";

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> anyhow::Result<&'a [u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(length) else { bail!(ENDS) };
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> anyhow::Result<[u8; N]> {
        let Some((taken, rest)) = self.0.split_first_chunk() else { bail!(ENDS) };
        self.0 = rest;
        Ok(*taken)
    }

    fn i16(&mut self) -> anyhow::Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    fn i32(&mut self) -> anyhow::Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    fn i64(&mut self) -> anyhow::Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BufMut as _;

    #[test]
    fn every_value_comes_back() {
        let numeric = |unscaled, scale| Value::Numeric { unscaled, scale };
        let array = |values| Value::Array { element: 23, values };
        let integers = || ColumnType::Array(Box::new(ColumnType::Integer));
        let widest = 10_i128.pow(38) - 1;
        let cases = [
            (ColumnType::Varchar, Value::Null),
            (ColumnType::Varchar, Value::Text(b"")),
            (ColumnType::Json, Value::Text(b"{}")),
            (ColumnType::Bytea, Value::Bytes(b"\0\xff")),
            (ColumnType::Boolean, Value::Boolean(true)),
            (ColumnType::Smallint, Value::Smallint(-7)),
            (ColumnType::Integer, Value::Integer(i32::MIN)),
            (ColumnType::Bigint, Value::Bigint(i64::MIN)),
            (ColumnType::Real, Value::Real(-0.5)),
            (ColumnType::Double, Value::Double(f64::INFINITY)),
            (ColumnType::Timestamp, Value::Timestamp(-1)),
            (ColumnType::Date, Value::Date(i32::MAX)),
            (ColumnType::Decimal, numeric(0, 3)),
            (ColumnType::Decimal, numeric(-1, 3)),
            (ColumnType::Decimal, numeric(48_857, 3)),
            (ColumnType::Decimal, numeric(-21_116_000, 3)),
            (ColumnType::Decimal, numeric(10_i128.pow(18) - 1, 3)),
            (ColumnType::Decimal, numeric(widest, 9)),
            (ColumnType::Decimal, numeric(-widest, 9)),
            (ColumnType::Decimal, numeric(1, 9)),
            (ColumnType::Decimal, numeric(10_i128.pow(30), 9)),
            (integers(), array(vec![])),
            (integers(), array(vec![Value::Integer(1), Value::Null])),
        ];
        let (columns, values): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let mut bytes = Vec::new();
        bytes.put_i16(values.len() as i16);
        for value in &values {
            value.encode(&mut bytes);
        }
        assert_eq!(row(&bytes, &columns).unwrap(), values);
        for end in 0..bytes.len() {
            assert!(row(&bytes[..end], &columns).is_err(), "{end}");
        }
        bytes.put_u8(0);
        assert!(row(&bytes, &columns).is_err());
    }

    #[test]
    fn the_text_of_a_number_comes_back_as_text() {
        let mut bytes = Vec::new();
        bytes.put_i16(1);
        Value::Digits(-17).encode(&mut bytes);
        assert_eq!(row(&bytes, &[ColumnType::Varchar]).unwrap(), [Value::Text(b"-17")]);
    }
}
