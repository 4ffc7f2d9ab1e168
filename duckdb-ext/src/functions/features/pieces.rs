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
            let room = (self.open.capacity() * 2).clamp(SMALLEST, LARGEST);
            self.close(room);
        }
        self.open.push(row);
    }

    /// Appends the rows of `other`.
    pub(super) fn append(&mut self, other: &Self) {
        let room = self.open.capacity().max(other.open.capacity());
        self.close(room);
        self.full.extend(other.full.iter().map(Arc::clone));
        self.open.extend_from_slice(&other.open);
    }

    pub(super) fn len(&self) -> usize {
        self.full.iter().map(|piece| piece.len()).sum::<usize>() + self.open.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.full.iter().flat_map(|piece| piece.iter()).chain(&self.open)
    }

    /// Begins a new piece, with this much room.
    fn close(&mut self, room: usize) {
        let open = std::mem::replace(&mut self.open, Vec::with_capacity(room));
        if !open.is_empty() {
            self.full.push(Arc::new(open));
        }
    }
}
