//! The order of items. Only as much of it is made as a metric looks at, from integers that sort like
//! the scores.

/// An item of a group. NaN is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// How relevant the item really is; above 0 is relevant.
    pub label: f64,
    /// What the order is made by.
    pub score: f64,
}

impl Item {
    /// The label, 0 where it is missing.
    pub(super) fn relevance(&self) -> f64 {
        if self.label.is_nan() { 0.0 } else { self.label }
    }
}

/// Which of several equal scores goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// The one that came first. The result depends on the order of the items.
    Order,
    /// The one with the lower label: scores that do not tell items apart earn nothing, and the result
    /// does not depend on the order of the items.
    #[default]
    Worst,
}

/// Working memory, so that calls for many groups share one allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    keys: Vec<u128>,
    halves: Vec<u64>,
    scored: Vec<(u64, bool)>,
    /// The labels in order.
    pub(super) labels: Vec<f64>,
}

/// The bits of a value as an integer that sorts like the values: −∞ first, then to ∞. Both zeros are
/// one. The value must not be NaN.
fn sortable(value: f64) -> u64 {
    const SIGN: u64 = 1 << 63;
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value that [`sortable`] was made of.
fn unsortable(key: u64) -> f64 {
    const SIGN: u64 = 1 << 63;
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// Puts the labels of the first `k` items, in order, into `scratch.labels`.
pub(super) fn ranked(items: &[Item], k: usize, ties: Ties, scratch: &mut Scratch) {
    let Scratch { keys, labels, .. } = scratch;
    keys.clear();
    // The upper half is the score, descending, a missing one behind all; the lower half decides ties.
    keys.extend(items.iter().enumerate().map(|(at, item)| {
        let score = if item.score.is_nan() { u64::MAX } else { !sortable(item.score) };
        let tie = match ties {
            Ties::Order => at as u64,
            Ties::Worst => sortable(item.relevance()),
        };
        u128::from(score) << 64 | u128::from(tie)
    }));
    if k < keys.len() {
        if k > 0 {
            keys.select_nth_unstable(k - 1);
        }
        keys.truncate(k);
    }
    keys.sort_unstable();
    labels.clear();
    labels.extend(keys.iter().map(|key| {
        let tie = *key as u64;
        match ties {
            Ties::Order => items[tie as usize].relevance(),
            Ties::Worst => unsortable(tie),
        }
    }));
}

/// Leaves the `k` largest of `scratch.labels`, in descending order.
pub(super) fn descending(k: usize, scratch: &mut Scratch) {
    let Scratch { halves: keys, labels, .. } = scratch;
    keys.clear();
    keys.extend(labels.iter().map(|label| !sortable(*label)));
    if k < keys.len() {
        if k > 0 {
            keys.select_nth_unstable(k - 1);
        }
        keys.truncate(k);
    }
    keys.sort_unstable();
    labels.clear();
    labels.extend(keys.iter().map(|key| unsortable(!key)));
}

/// The scores that are there, ascending, as integers, and whether their items are relevant.
pub(super) fn by_score<'a>(items: &[Item], scratch: &'a mut Scratch) -> &'a [(u64, bool)] {
    let Scratch { scored, .. } = scratch;
    scored.clear();
    let present = items.iter().filter(|item| !item.score.is_nan());
    scored.extend(present.map(|item| (sortable(item.score), item.label > 0.0)));
    scored.sort_unstable();
    scored
}
