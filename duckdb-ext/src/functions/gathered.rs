//! What the aggregates gather of a group: its rows, few or many.

use smallvec::{Array, SmallVec};
use std::sync::Arc;

/// The rows of a group, in the order they came in.
///
/// A few stay in the state itself. Many are kept in pieces that groups share: merging two of them moves
/// no full piece, and growing copies none.
pub(super) struct Gathered<A: Array> {
    full: Option<Box<Full<A::Item>>>,
    open: SmallVec<A>,
}

/// Pieces that grow no more.
struct Full<T> {
    pieces: Vec<Arc<Vec<T>>>,
    rows: usize,
    /// How many threads gathered them.
    threads: usize,
}

/// Up to this size in bytes a piece grows by moving; beyond it, another one is opened.
const MOVED: usize = 4096;

impl<A: Array> Default for Gathered<A> {
    fn default() -> Self {
        Self { full: None, open: SmallVec::new() }
    }
}

impl<A: Array> Gathered<A>
where
    A::Item: Copy,
{
    #[inline]
    pub(super) fn push(&mut self, row: A::Item) {
        if self.open.len() == self.open.capacity() {
            self.grow();
        }
        self.open.push(row);
    }

    #[cold]
    fn grow(&mut self) {
        if self.open.len() * size_of::<A::Item>() >= MOVED {
            self.close();
            // Half of what there is: few pieces, and little room that stays empty.
            self.open.reserve_exact(self.full.as_ref().map_or(0, |full| full.rows / 2));
        } else {
            self.open.grow((2 * self.open.len()).max(4));
        }
    }

    /// Appends the rows of `other`, which another thread gathered.
    pub(super) fn append(&mut self, other: &Self) {
        if let Some(theirs) = &other.full {
            self.close();
            let full = self.full.get_or_insert_default();
            full.pieces.extend(theirs.pieces.iter().map(Arc::clone));
            full.rows += theirs.rows;
            full.threads += theirs.threads;
        } else if self.len() == 0 {
            // What one thread gathered is followed by what the others did.
            self.open.reserve(2 * other.open.len());
        }
        self.open.extend_from_slice(&other.open);
    }

    /// Lets the piece that grows be shared.
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let piece = std::mem::take(&mut self.open).into_vec();
        let full = self.full.get_or_insert_default();
        full.rows += piece.len();
        full.threads = full.threads.max(1);
        full.pieces.push(Arc::new(piece));
    }

    pub(super) fn len(&self) -> usize {
        self.full.as_ref().map_or(0, |full| full.rows) + self.open.len()
    }

    /// How many threads gathered the rows, where they are many; otherwise 1.
    pub(super) fn threads(&self) -> usize {
        self.full.as_ref().map_or(1, |full| full.threads)
    }

    /// Where in memory rows are.
    pub(super) fn address(&self) -> *const u8 {
        self.open.as_ptr().cast()
    }

    /// Where in memory the next one goes.
    pub(super) fn end(&self) -> *const u8 {
        self.open.as_ptr().wrapping_add(self.open.len()).cast()
    }

    /// The rows, piece by piece.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[A::Item]> {
        let full = self.full.iter().flat_map(|full| &full.pieces);
        full.map(|piece| piece.as_slice()).chain([self.open.as_slice()])
    }

    /// The rows in one piece, put together in `room` where they are not.
    pub(super) fn whole<'a>(&'a self, room: &'a mut Vec<A::Item>) -> &'a [A::Item] {
        if self.full.is_none() {
            return &self.open;
        }
        room.clear();
        self.pieces().for_each(|piece| room.extend_from_slice(piece));
        room
    }
}

impl<T> Default for Full<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), rows: 0, threads: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Gathered<[u32; 4]>;

    fn gathered(rows: std::ops::Range<u32>) -> Rows {
        let mut gathered = Rows::default();
        rows.for_each(|row| gathered.push(row));
        gathered
    }

    fn rows(gathered: &Rows) -> Vec<u32> {
        gathered.pieces().flatten().copied().collect()
    }

    #[test]
    fn rows_stay_in_order() {
        for count in [0, 1, 4, 5, 1023, 1024, 1025, 1536, 1537, 10_000] {
            let gathered = gathered(0..count);
            let expected: Vec<u32> = (0..count).collect();
            assert_eq!(rows(&gathered), expected);
            assert_eq!(gathered.whole(&mut vec![7]), expected);
            assert_eq!(gathered.len(), count as usize);
        }
    }

    #[test]
    fn a_source_stays_as_it_is() {
        for (ours, theirs) in [(0, 0), (0, 5), (5, 0), (5, 5000), (5000, 5), (7000, 7000)] {
            let (mut target, mut source) = (gathered(0..ours), gathered(10_000..10_000 + theirs));
            target.append(&source);
            (20_000..23_000).for_each(|row| target.push(row));
            source.push(9);
            let expected = (0..ours).chain(10_000..10_000 + theirs).chain(20_000..23_000);
            assert_eq!(rows(&target), expected.collect::<Vec<_>>());
            assert_eq!(target.len(), (ours + theirs) as usize + 3000);
            assert_eq!(rows(&source), (10_000..10_000 + theirs).chain([9]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn full_pieces_are_shared_and_their_threads_counted() {
        let (mut target, source) = (Rows::default(), gathered(0..5000));
        assert_eq!((target.threads(), source.threads()), (1, 1));
        target.append(&source);
        target.append(&source);
        let pieces = &source.full.as_ref().expect("many rows").pieces;
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| Arc::strong_count(piece) == 3));
        assert_eq!((target.threads(), target.len()), (2, 10_000));
    }
}
