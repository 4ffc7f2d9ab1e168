//! One bit per CAM.

const BITS: usize = u64::BITS as usize;

/// Which of a fixed number of places are marked.
#[derive(Debug)]
pub(super) struct Marks {
    words: Vec<u64>,
    len: usize,
    count: usize,
}

impl Marks {
    /// No place of `len` is marked.
    pub(super) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(BITS)], len, count: 0 }
    }

    /// Marks a place.
    pub(super) fn set(&mut self, place: usize) {
        let bit = 1 << (place % BITS);
        let word = &mut self.words[place / BITS];
        if *word & bit == 0 {
            *word |= bit;
            self.count += 1;
        }
    }

    /// Number of marked places.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The first unmarked place at `from` or after.
    pub(super) fn next_unset(&self, from: usize) -> Option<usize> {
        let mut place = from;
        while place < self.len {
            let unset = !self.words[place / BITS] >> (place % BITS);
            if unset != 0 {
                place += unset.trailing_zeros() as usize;
                return (place < self.len).then_some(place);
            }
            place = (place / BITS + 1) * BITS;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn finds_what_is_not_marked() {
        let mut marks = Marks::new(130);
        (0..130).filter(|place| ![0, 64, 127, 129].contains(place)).for_each(|p| marks.set(p));
        marks.set(5);
        assert_eq!(marks.count(), 126);
        let mut unset = Vec::new();
        while let Some(place) = marks.next_unset(unset.last().map_or(0, |last| last + 1)) {
            unset.push(place);
        }
        assert_eq!(unset, [0, 64, 127, 129]);
        assert_eq!(Marks::new(0).next_unset(0), None);
    }
}
