//! A value on its way into PostgreSQL: its binary form for COPY, and its text for the row's hash.

use super::numeric::{EPOCH_DAYS, EPOCH_MICROS, put_numeric};
use bytes::BufMut as _;

/// Between the fields of a row's text.
pub(super) const FIELD_SEPARATOR: u8 = 0x1f;

/// Between the elements of an array's text.
pub(super) const ELEMENT_SEPARATOR: u8 = 0x1e;

const TEXT_ESCAPES: [(u8, &[u8]); 2] = [(b'\\', b"\\\\"), (FIELD_SEPARATOR, b"\\u")];

const ELEMENT_ESCAPES: [(u8, &[u8]); 3] =
    [TEXT_ESCAPES[0], TEXT_ESCAPES[1], (ELEMENT_SEPARATOR, b"\\e")];

/// What stands for NULL in a row's text.
pub(super) const NULL_TEXT: &[u8] = b"\\N";

/// PostgreSQL's binary form of timestamps without end, of microseconds in `i64`.
pub(super) const INFINITY: i64 = i64::MAX;

/// And without beginning.
pub(super) const NEGATIVE_INFINITY: i64 = i64::MIN;

/// A value that fits its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Smallint(i16),
    Integer(i32),
    Bigint(i64),
    Real(f32),
    Double(f64),
    /// `unscaled` / 10^`scale`.
    Numeric {
        unscaled: i128,
        scale: u16,
    },
    /// Microseconds since 2000-01-01, or one of the infinities.
    Timestamp(i64),
    /// Days since 2000-01-01; the bounds of `i32` are infinite.
    Date(i32),
    /// Valid UTF-8 without NUL, unless PostgreSQL's type is bytea.
    Text(&'a [u8]),
    OwnedText(Vec<u8>),
    /// The text of a number.
    Digits(i64),
    Bytes(&'a [u8]),
    /// Bytes, or WKB.
    OwnedBytes(Vec<u8>),
    Array {
        /// OID of the element type.
        element: u32,
        values: Vec<Value<'a>>,
    },
}

/// What takes the bytes of a COPY stream. Long values are handed over in parts, so that no buffer
/// has to hold one.
pub(super) trait Sink {
    /// The buffer to append to.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// Appends bytes of any number.
    fn extend(&mut self, bytes: &[u8]);
}

impl Value<'_> {
    /// Appends the binary form, with its length.
    pub(super) fn encode(&self, sink: &mut impl Sink) {
        match self {
            Self::Text(bytes) | Self::Bytes(bytes) => return long(sink, bytes),
            Self::OwnedText(bytes) | Self::OwnedBytes(bytes) => return long(sink, bytes),
            Self::Array { element, values } => return array(sink, *element, values),
            _ => {}
        }
        let out = sink.buffer();
        match self {
            Self::Boolean(value) => {
                out.put_i32(1);
                out.put_u8(u8::from(*value));
            }
            Self::Smallint(value) => {
                out.put_i32(2);
                out.put_i16(*value);
            }
            Self::Integer(value) | Self::Date(value) => {
                out.put_i32(4);
                out.put_i32(*value);
            }
            Self::Bigint(value) | Self::Timestamp(value) => {
                out.put_i32(8);
                out.put_i64(*value);
            }
            Self::Real(value) => {
                out.put_i32(4);
                out.put_f32(*value);
            }
            Self::Double(value) => {
                out.put_i32(8);
                out.put_f64(*value);
            }
            Self::Numeric { unscaled, scale } => put_numeric(out, *unscaled, *scale),
            Self::Digits(value) => {
                let mut digits = itoa::Buffer::new();
                let digits = digits.format(*value);
                out.put_i32(digits.len() as i32);
                out.put_slice(digits.as_bytes());
            }
            _ => out.put_i32(-1),
        }
    }

    /// Whether it is a number farther from zero than `bound`.
    pub(super) fn is_beyond(&self, bound: u32) -> bool {
        match self {
            Self::Smallint(value) => u32::from(value.unsigned_abs()) > bound,
            Self::Integer(value) => value.unsigned_abs() > bound,
            Self::Bigint(value) => value.unsigned_abs() > bound.into(),
            Self::Real(value) => value.is_nan() || f64::from(*value).abs() > bound.into(),
            Self::Double(value) => value.is_nan() || value.abs() > bound.into(),
            Self::Numeric { unscaled, scale } => 10_u128
                .checked_pow((*scale).into())
                .and_then(|power| power.checked_mul(bound.into()))
                .is_some_and(|bound| unscaled.unsigned_abs() > bound),
            _ => false,
        }
    }

    /// How many bytes a text takes; 0 for everything short.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Bytes(bytes) => bytes.len(),
            Self::OwnedText(bytes) | Self::OwnedBytes(bytes) => bytes.len(),
            Self::Array { values, .. } => values.iter().map(|value| 16 + value.length()).sum(),
            _ => 0,
        }
    }
}

/// Appends the text that is hashed; [`super::checksum`] says how it is made in SQL.
pub(super) fn put_text(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(NULL_TEXT),
        Value::Boolean(value) => out.push(if *value { b't' } else { b'f' }),
        Value::Smallint(value) => put_integer(*value, out),
        Value::Integer(value) => put_integer(*value, out),
        Value::Bigint(value) => put_integer(*value, out),
        Value::Real(value) => put_hex(&value.to_bits().to_be_bytes(), out),
        Value::Double(value) => put_hex(&value.to_bits().to_be_bytes(), out),
        Value::Numeric { unscaled, scale } => put_decimal(*unscaled, *scale, out),
        Value::Timestamp(INFINITY) | Value::Date(i32::MAX) => out.extend_from_slice(b"infinity"),
        Value::Timestamp(NEGATIVE_INFINITY) | Value::Date(i32::MIN) => {
            out.extend_from_slice(b"-infinity");
        }
        // The epochs lie apart, and a timestamp may be near the end of its range.
        Value::Timestamp(micros) => match micros.checked_add(EPOCH_MICROS) {
            Some(micros) => put_integer(micros, out),
            None => put_integer(i128::from(*micros) + i128::from(EPOCH_MICROS), out),
        },
        Value::Date(days) => {
            put_integer(i64::from(*days) + i64::from(EPOCH_DAYS), out);
        }
        Value::Text(bytes) => put_escaped(bytes, &TEXT_ESCAPES, out),
        Value::OwnedText(bytes) => put_escaped(bytes, &TEXT_ESCAPES, out),
        Value::Digits(value) => put_integer(*value, out),
        Value::Bytes(bytes) => put_hex(bytes, out),
        Value::OwnedBytes(bytes) => put_hex(bytes, out),
        Value::Array { values, .. } => {
            put_integer(values.len(), out);
            for value in values {
                out.push(ELEMENT_SEPARATOR);
                match value {
                    Value::Text(bytes) => put_escaped(bytes, &ELEMENT_ESCAPES, out),
                    Value::OwnedText(bytes) => put_escaped(bytes, &ELEMENT_ESCAPES, out),
                    value => put_text(value, out),
                }
            }
        }
    }
}

fn long(sink: &mut impl Sink, bytes: &[u8]) {
    sink.buffer().put_i32(bytes.len() as i32);
    sink.extend(bytes);
}

fn array(sink: &mut impl Sink, element: u32, values: &[Value<'_>]) {
    // PostgreSQL wants the length first: the elements are gathered.
    let mut body = Vec::new();
    body.put_i32(i32::from(!values.is_empty()));
    body.put_i32(i32::from(values.contains(&Value::Null)));
    body.put_u32(element);
    if !values.is_empty() {
        body.put_i32(values.len() as i32);
        body.put_i32(1);
    }
    for value in values {
        value.encode(&mut body);
    }
    long(sink, &body);
}

impl Sink for Vec<u8> {
    fn buffer(&mut self) -> &mut Vec<u8> {
        self
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

fn put_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

fn put_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// The number with exactly `scale` places.
fn put_decimal(unscaled: i128, scale: u16, out: &mut Vec<u8>) {
    if unscaled < 0 {
        out.push(b'-');
    }
    let mut digits = itoa::Buffer::new();
    let digits = match u64::try_from(unscaled.unsigned_abs()) {
        Ok(small) => digits.format(small),
        Err(_) => digits.format(unscaled.unsigned_abs()),
    };
    let scale = usize::from(scale);
    if scale == 0 {
        out.extend_from_slice(digits.as_bytes());
        return;
    }
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole.as_bytes() });
    out.push(b'.');
    out.resize(out.len() + scale - fraction.len(), b'0');
    out.extend_from_slice(fraction.as_bytes());
}

/// No two rows have the same text.
fn put_escaped<const N: usize>(bytes: &[u8], escapes: &[(u8, &[u8]); N], out: &mut Vec<u8>) {
    // Without a branch per byte, many bytes are looked at together.
    let is_special =
        |byte: u8| escapes.iter().fold(false, |is, (special, _)| is | (*special == byte));
    if !bytes.iter().fold(false, |found, byte| found | is_special(*byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    let mut rest = bytes;
    let escape = |byte: &u8| escapes.iter().find(|(special, _)| special == byte);
    while let Some(at) = rest.iter().position(|byte| escape(byte).is_some()) {
        out.extend_from_slice(&rest[..at]);
        if let Some((_, escaped)) = escape(&rest[at]) {
            out.extend_from_slice(escaped);
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value<'_>) -> String {
        let mut out = Vec::new();
        put_text(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_to_hash_are_those_of_sql() {
        let numeric = |unscaled, scale| Value::Numeric { unscaled, scale };
        for (value, expected) in [
            (Value::Null, "\\N"),
            (Value::Boolean(true), "t"),
            (Value::Integer(i32::MIN), "-2147483648"),
            (Value::Bigint(i64::MIN), "-9223372036854775808"),
            (Value::Real(300.1), "43960ccd"),
            (Value::Double(-0.0), "8000000000000000"),
            (numeric(48_857, 3), "48.857"),
            (numeric(-1, 3), "-0.001"),
            (numeric(0, 3), "0.000"),
            (numeric(i128::MAX, 9), "170141183460469231731687303715.884105727"),
            (Value::Timestamp(0), "946684800000000"),
            (Value::Timestamp(INFINITY), "infinity"),
            (Value::Timestamp(NEGATIVE_INFINITY), "-infinity"),
            (Value::Date(-10_957), "0"),
            (Value::Text(b"a\\b\x1fc\x1e"), "a\\\\b\\uc\x1e"),
            (Value::Bytes(&[0, 0xab]), "00ab"),
            (
                Value::Array { element: 25, values: vec![Value::Null, Value::Text(b"\x1e")] },
                "2\x1e\\N\x1e\\e",
            ),
        ] {
            assert_eq!(text(&value), expected, "{value:?}");
        }
    }
}
