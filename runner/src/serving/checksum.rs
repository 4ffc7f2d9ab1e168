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
            match value {
                Value::Text(bytes) if bytes.len() > BUFFER_SIZE => {
                    for part in bytes.chunks(BUFFER_SIZE) {
                        self.part(&Value::Text(part), &mut long);
                    }
                }
                Value::Bytes(bytes) if bytes.len() > BUFFER_SIZE => {
                    for part in bytes.chunks(BUFFER_SIZE) {
                        self.part(&Value::Bytes(part), &mut long);
                    }
                }
                value => self.part(value, &mut long),
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

    /// Adds a field, or the next bytes of one.
    fn part(&mut self, value: &Value<'_>, long: &mut Option<Md5>) {
        put_text(value, &mut self.text);
        if self.text.len() > BUFFER_SIZE {
            long.get_or_insert_with(Md5::new).update(&self.text);
            self.text.clear();
        }
    }

    pub(super) fn finish(self) -> Checksum {
        self.checksum
    }
}

/// Eight digits that tell long names apart.
pub(super) fn short_digest(bytes: &[u8]) -> String {
    Md5::digest(bytes)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
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
        let long = vec![b'\\'; 3 * BUFFER_SIZE + 1];
        let row = [Value::Text(b"a"), Value::Text(&long), Value::Bytes(&long), Value::Null];
        let mut whole = b"a\x1f".to_vec();
        whole.extend_from_slice(&[&long[..], &long].concat());
        whole.push(b'\x1f');
        whole.extend_from_slice("5c".repeat(long.len()).as_bytes());
        whole.extend_from_slice(b"\x1f\\N");
        let expected = u64::from_be_bytes(Md5::digest(&whole)[..8].try_into().unwrap());
        assert_eq!(checksum(&[&row]).sum, expected);
    }
}
