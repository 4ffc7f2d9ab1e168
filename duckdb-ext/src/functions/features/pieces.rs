use std::sync::Arc;

/// The rows of a group, in pieces that groups share: merging two of them moves no full piece, and
/// growing one copies nothing.
#[derive(Debug)]
pub(super) struct Pieces<T> {
    full: Vec<Arc<Vec<T>>>,
    open: Vec<T>,
}

/// The room of the first piece, and of the last ones; each has twice that of the one before.
const SMALLEST: usize = 4;
const LARGEST: usize = 128;

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { full: Vec::new(), open: Vec::new() }
    }
}

impl<T: Copy> Pieces<T> {
    pub(super) fn push(&mut self, row: T) {
        if self.open.len() == self.open.capacity() {
            self.close();
            let last = self.full.last().map_or(0, |piece| piece.len());
            self.open.reserve_exact((last * 2).clamp(SMALLEST, LARGEST));
        }
        self.open.push(row);
    }

    /// Appends the rows of `other`.
    pub(super) fn append(&mut self, other: &Self) {
        self.close();
        self.full.extend(other.full.iter().map(Arc::clone));
        if !other.open.is_empty() {
            self.full.push(Arc::new(other.open.clone()));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.full.iter().map(|piece| piece.len()).sum::<usize>() + self.open.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.full.iter().flat_map(|piece| piece.iter()).chain(&self.open)
    }

    /// Lets the piece that grows be shared.
    fn close(&mut self) {
        if !self.open.is_empty() {
            self.full.push(Arc::new(std::mem::take(&mut self.open)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(rows: std::ops::Range<u32>) -> Pieces<u32> {
        let mut pieces = Pieces::default();
        rows.for_each(|row| pieces.push(row));
        pieces
    }

    fn rows(pieces: &Pieces<u32>) -> Vec<u32> {
        pieces.iter().copied().collect()
    }

    #[test]
    fn rows_stay_in_order() {
        for count in [0, 1, 3, 4, 5, 128, 129, 1000] {
            let pieces = pieces(0..count);
            assert_eq!(rows(&pieces), (0..count).collect::<Vec<_>>());
            assert_eq!(pieces.len(), count as usize);
        }
    }

    #[test]
    fn a_source_stays_as_it_is() {
        for (ours, theirs) in [(0, 0), (0, 5), (5, 0), (5, 500), (500, 5), (700, 700)] {
            let (mut target, mut source) = (pieces(0..ours), pieces(1000..1000 + theirs));
            target.append(&source);
            (2000..2300).for_each(|row| target.push(row));
            source.push(9);
            let expected = (0..ours).chain(1000..1000 + theirs).chain(2000..2300);
            assert_eq!(rows(&target), expected.collect::<Vec<_>>());
            assert_eq!(target.len(), (ours + theirs) as usize + 300);
            assert_eq!(rows(&source), (1000..1000 + theirs).chain([9]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn full_pieces_are_shared() {
        let (mut target, source) = (Pieces::default(), pieces(0..1000));
        target.append(&source);
        assert!(!source.full.is_empty());
        assert!(source.full.iter().all(|piece| Arc::strong_count(piece) == 2));
    }
}
