//! One number for the content of a table, the same from Parquet and in SQL, whatever the order of rows.
//!
//! A row's text is its fields joined by U+001F: NULL is `\N`; booleans `t` and `f`; integers in
//! decimal; numerics with exactly their declared places; floats as the lower-case hexadecimal digits of
//! their bits; timestamps as microseconds and dates as days since 1970; text with `\` as `\\` and
//! U+001F as `\u`; bytes in hexadecimal, geometries as little-endian WKB without a reference system;
//! arrays as their length and their elements, each after a U+001E, which is `\e` in them.
//!
//! A row's hash is the first half of the MD5 of its text, as a signed number. The table's checksum is
//! the number of rows, and the sum of their hashes modulo 2^64: shards and connections add up, and a
//! duplicate is seen.

use super::value::{FIELD_SEPARATOR, Value, put_text};
use crate::config::reco::{Column, ColumnType};
use crate::warehouse::template::quote_identifier;
use md5::{Digest as _, Md5};
use std::fmt;

/// Texts longer than this are hashed before the row is complete.
const BUFFER_SIZE: usize = 1 << 16;

/// Rows, and the sum of their hashes modulo 2^64.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checksum {
    /// How many rows.
    pub rows: u64,
    /// The sum of the rows' hashes.
    pub sum: u64,
}

impl Checksum {
    /// Takes in the rows of another part.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, checksum {}", self.rows, self.sum)
    }
}

/// Adds rows to a checksum.
#[derive(Default)]
pub(super) struct RowHasher {
    checksum: Checksum,
    text: Vec<u8>,
}

impl RowHasher {
    pub(super) fn row(&mut self, row: &[Value<'_>]) {
        self.text.clear();
        let mut long = None;
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                self.text.push(FIELD_SEPARATOR);
            }
            put_text(value, &mut self.text);
            if self.text.len() > BUFFER_SIZE {
                long.get_or_insert_with(Md5::new).update(&self.text);
                // A long text must not be held for good.
                self.text = Vec::new();
            }
        }
        let hash = match long {
            None => Md5::digest(&self.text),
            Some(mut hash) => {
                hash.update(&self.text);
                hash.finalize()
            }
        };
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        self.checksum.add(Checksum { rows: 1, sum: u64::from_be_bytes(first) });
    }

    pub(super) fn finish(self) -> Checksum {
        self.checksum
    }
}

/// Eight digits that tell long names apart.
pub(super) fn short_digest(bytes: &[u8]) -> String {
    Md5::digest(bytes)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same in SQL: a row's text over these columns. `postgis` is the schema of PostGIS.
pub(super) fn row_text_sql(columns: &[Column], postgis: &str) -> String {
    let fields: Vec<String> = columns
        .iter()
        .map(|column| field_sql(&quote_identifier(&column.name), &column.column_type, postgis))
        .collect();
    format!("concat_ws(chr(31), {})", fields.join(", "))
}

/// The text of a field, never NULL.
fn field_sql(name: &str, column_type: &ColumnType, postgis: &str) -> String {
    let text = match column_type {
        ColumnType::Array(element) => {
            let element = match **element {
                ColumnType::Varchar | ColumnType::Text => {
                    format!("replace({}, chr(30), '\\e')", text_sql("e", element, postgis))
                }
                _ => text_sql("e", element, postgis),
            };
            format!(
                "cardinality({name}) || coalesce((select string_agg(chr(30) || coalesce({element}, \
                 '\\N'), '' order by i) from unnest({name}) with ordinality as u(e, i)), '')"
            )
        }
        other => text_sql(name, other, postgis),
    };
    format!("coalesce({text}, '\\N')")
}

/// The text of a plain value; NULL for NULL. Backslashes stand for themselves: the session must have
/// `standard_conforming_strings`.
fn text_sql(name: &str, column_type: &ColumnType, postgis: &str) -> String {
    match column_type {
        ColumnType::Varchar | ColumnType::Text => {
            format!("replace(replace({name}, '\\', '\\\\'), chr(31), '\\u')")
        }
        ColumnType::Json => format!("replace(replace({name}::text, '\\', '\\\\'), chr(31), '\\u')"),
        ColumnType::Boolean => {
            format!("case when {name} then 't' when not {name} then 'f' end")
        }
        ColumnType::Real => format!("encode(float4send({name}), 'hex')"),
        ColumnType::Double => format!("encode(float8send({name}), 'hex')"),
        ColumnType::Timestamp => format!(
            "case when isfinite({name}) then trunc(extract(epoch from {name}) * 1000000)::text \
             else {name}::text end"
        ),
        ColumnType::Date => format!(
            "case when isfinite({name}) then ({name} - date '1970-01-01')::text else {name}::text end"
        ),
        ColumnType::Bytea => format!("encode({name}, 'hex')"),
        ColumnType::Geometry | ColumnType::Geography => {
            format!("encode({}.st_asbinary({name}, 'NDR'), 'hex')", quote_identifier(postgis))
        }
        ColumnType::Integer
        | ColumnType::Bigint
        | ColumnType::Decimal
        | ColumnType::Numeric
        | ColumnType::Array(_) => format!("{name}::text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(rows: &[&[Value<'_>]]) -> Checksum {
        let mut hasher = RowHasher::default();
        for row in rows {
            hasher.row(row);
        }
        hasher.finish()
    }

    #[test]
    fn known_rows_have_their_known_checksum() {
        let row = |user, item| [Value::Text(user), Value::Text(item)];
        let rows = [row(b"u1", b"product-1"), row(b"u1", b"offer-4"), row(b"u2", b"product-1")];
        let expected = Checksum { rows: 3, sum: 2_633_683_681_683_316_597 };
        assert_eq!(checksum(&rows.iter().map(|row| &row[..]).collect::<Vec<_>>()), expected);
        // In another order, in two parts.
        let mut parts = checksum(&[&rows[2]]);
        parts.add(checksum(&[&rows[1], &rows[0]]));
        assert_eq!(parts, expected);
    }

    #[test]
    fn long_texts_are_hashed_in_parts() {
        let long = vec![b'x'; 3 * BUFFER_SIZE];
        let row = [Value::Text(b"a"), Value::Text(&long), Value::Null];
        let mut whole = b"a\x1f".to_vec();
        whole.extend_from_slice(&long);
        whole.extend_from_slice(b"\x1f\\N");
        let expected = u64::from_be_bytes(Md5::digest(&whole)[..8].try_into().unwrap());
        assert_eq!(checksum(&[&row]).sum, expected);
    }
}
