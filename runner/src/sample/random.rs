//! Random draws in whole numbers only.
//!
//! The sample must be the same on every machine: no draw goes through a floating-point function of
//! the system's mathematics library, and none depends on how a library maps bits to a range.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The part of the sample a stream of draws is for. Each part has a stream of its own, so that a
/// change in one of them leaves the others as they are.
#[derive(Clone, Copy)]
pub(super) enum Stream {
    Vehicles = 1,
    Products = 2,
    Sales = 3,
    Clicks = 4,
    Reference = 5,
    Runlist = 6,
}

/// A source of draws.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// A number from 0 to `limit` - 1, or 0 if the limit is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// An index into something of `len` elements.
    pub(super) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(low.abs_diff(high) + 1) as i64
    }

    /// True in `per_mille` of 1,000 cases.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the elements, all equally likely.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// One of the values, as likely as the number beside it.
    pub(super) fn pick_weighted<T: Copy>(&mut self, from: &[(T, u64)]) -> T {
        let mut target = self.below(from.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in from {
            if target < *weight {
                return *value;
            }
            target -= weight;
        }
        from[from.len() - 1].0
    }

    /// Puts the elements in a random order.
    pub(super) fn shuffle<T>(&mut self, elements: &mut [T]) {
        for last in (1..elements.len()).rev() {
            elements.swap(last, self.index(last + 1));
        }
    }
}

/// Weights to draw an index by, in logarithmic time.
pub(super) struct Weights {
    cumulative: Vec<u64>,
}

impl Weights {
    pub(super) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut total = 0;
        let cumulative = weights
            .into_iter()
            .map(|weight| {
                total += weight;
                total
            })
            .collect();
        Self { cumulative }
    }

    /// Weights that fall with the rank: 1 / (rank + `flat`). The larger `flat`, the less the first
    /// ranks stand out.
    pub(super) fn zipf(len: usize, flat: u64) -> Self {
        Self::new((0..len as u64).map(|rank| zipf(rank, flat)))
    }

    pub(super) fn draw(&self, draw: &mut Draw) -> usize {
        self.draw_first(draw, self.cumulative.len())
    }

    /// An index below `len`: one table serves lists of any length up to its own.
    pub(super) fn draw_first(&self, draw: &mut Draw, len: usize) -> usize {
        let cumulative = &self.cumulative[..len];
        let target = draw.below(cumulative.last().copied().unwrap_or(0));
        cumulative.partition_point(|sum| *sum <= target)
    }
}

/// The weight of a rank, counted from 0.
pub(super) fn zipf(rank: u64, flat: u64) -> u64 {
    1_000_000_000 / (rank + flat.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first draws of a stream, so that a new version of a library cannot change the sample
    /// unnoticed.
    #[test]
    fn draws_are_pinned() {
        let mut draw = Draw::new(42, Stream::Sales);
        let drawn: Vec<u64> = (0..5).map(|_| draw.below(1000)).collect();
        assert_eq!(drawn, PINNED);
    }

    const PINNED: [u64; 5] = [361, 592, 730, 499, 200];

    #[test]
    fn draws_stay_in_range() {
        let mut draw = Draw::new(1, Stream::Vehicles);
        let weights = Weights::new([0, 5, 0, 1]);
        for _ in 0..1000 {
            assert!((-3..=4).contains(&draw.between(-3, 4)));
            assert!(matches!(weights.draw(&mut draw), 1 | 3));
            assert!(weights.draw_first(&mut draw, 2) == 1);
            assert_eq!(draw.pick_weighted(&[("never", 0), ("always", 1)]), "always");
        }
        assert_eq!(draw.below(0), 0);
    }

    #[test]
    fn zipf_prefers_the_first_ranks() {
        let mut draw = Draw::new(1, Stream::Vehicles);
        let weights = Weights::zipf(100, 2);
        let mut counts = [0; 100];
        for _ in 0..10_000 {
            counts[weights.draw(&mut draw)] += 1;
        }
        assert!(counts[0] > 3 * counts[9] && counts[9] > 3 * counts[99], "{counts:?}");
    }
}
