//! Tells whether a server gives back the rows it was sent, by the bytes of PostgreSQL's binary COPY format.
//!
//! A row's hash is the XXH64 of its bytes. Sums of hashes do not depend on the order of rows, add up over
//! connections, and see duplicates, as [`super::checksum`] does, at a tenth of its price; they mean nothing
//! outside of one run.

use std::hash::Hasher as _;
use twox_hash::XxHash64;

/// Rows, and the sum of their hashes modulo 2^64.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) rows: u64,
    pub(super) sum: u64,
}

impl Fingerprint {
    /// Takes in a whole row.
    pub(super) fn row(&mut self, bytes: &[u8]) {
        self.add(Self { rows: 1, sum: XxHash64::oneshot(0, bytes) });
    }

    /// Takes in the rows of another part.
    pub(super) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

/// The hash of a row that comes in parts.
#[derive(Default)]
pub(super) struct RowPrint(XxHash64);

impl RowPrint {
    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The row is complete.
    pub(super) fn finish(&self) -> Fingerprint {
        Fingerprint { rows: 1, sum: self.0.finish() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_order_do_not_matter() {
        let (mut whole, mut parts) = (Fingerprint::default(), Fingerprint::default());
        whole.row(b"one row");
        whole.row(b"another");
        let mut row = RowPrint::default();
        row.part(b"ano");
        row.part(b"ther");
        parts.add(row.finish());
        parts.row(b"one row");
        assert_eq!(parts, whole);
        parts.row(b"one row");
        assert_ne!(parts, whole);
    }
}
