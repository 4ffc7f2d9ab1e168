//! How good an order is: metrics of one group of items, each with a relevance label and a score.
//!
//! The order is by score, descending; missing scores (NaN) come last, and [`Ties`] says which of
//! several equal scores goes first. A missing label (NaN) counts as 0. Positions count from 1.

mod order;

pub use order::{Item, Scratch, Ties};
use order::{descending, ranked};

/// How much a label adds to a cumulative gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gain {
    /// The label itself.
    Linear,
    /// 2^label − 1, so that high labels weigh more.
    #[default]
    Exponential,
}

/// What the best possible order is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ideal {
    /// The labels among the first k only. Any order that is right within them scores 1, however
    /// much better items stand behind (D-MET-1: scores too high); kept to reproduce older results.
    Retrieved,
    /// The labels of the whole group.
    #[default]
    Group,
}

/// How much of a label recall counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Relevance {
    /// One for each relevant item (label above 0).
    #[default]
    Binary,
    /// The label without its fraction. Kept to reproduce older results.
    Graded,
}

/// Discounted cumulative gain of labels in order: gain / log2(position + 1), summed.
fn dcg(labels: &[f64], gain: Gain) -> f64 {
    let gain = |label: f64| match gain {
        Gain::Linear => label,
        Gain::Exponential => label.exp2() - 1.0,
    };
    (2_u32..).zip(labels).map(|(i, &label)| gain(label) / log2(i)).sum()
}

/// log2 of a whole number; the first ones, which are nearly all, from a table.
fn log2(i: u32) -> f64 {
    use std::sync::LazyLock;
    static FIRST: LazyLock<[f64; 128]> =
        LazyLock::new(|| std::array::from_fn(|i| (i as f64).log2()));
    FIRST.get(i as usize).copied().unwrap_or_else(|| f64::from(i).log2())
}

/// Normalised discounted cumulative gain at `k`: the order's gain over that of the best order; 0 where
/// the best order gains nothing. `None` where infinite labels make it no number.
pub fn ndcg(
    items: &[Item],
    k: usize,
    gain: Gain,
    ideal: Ideal,
    ties: Ties,
    scratch: &mut Scratch,
) -> Option<f64> {
    ranked(items, k, ties, scratch);
    let gained = dcg(&scratch.labels, gain);
    match ideal {
        Ideal::Retrieved => descending(k, scratch),
        Ideal::Group => {
            scratch.labels.clear();
            scratch.labels.extend(items.iter().map(Item::relevance));
            descending(k, scratch);
        }
    }
    let best = dcg(&scratch.labels, gain);
    let ndcg = if best == 0.0 { 0.0 } else { gained / best };
    (!ndcg.is_nan()).then_some(ndcg)
}

/// The share of the first `k` places that hold a relevant item (label above 0). Places that the group
/// is too small to fill hold none; 0 for no places.
pub fn precision_at(items: &[Item], k: usize, ties: Ties, scratch: &mut Scratch) -> f64 {
    ranked(items, k, ties, scratch);
    let relevant = scratch.labels.iter().filter(|label| **label > 0.0).count();
    if k == 0 { 0.0 } else { relevant as f64 / k as f64 }
}

/// The share of all relevance that stands among the first `k`; 0 where there is none. `None` where
/// infinite labels make it no number.
pub fn recall_at(
    items: &[Item],
    k: usize,
    relevance: Relevance,
    ties: Ties,
    scratch: &mut Scratch,
) -> Option<f64> {
    let weight = |label: f64| match relevance {
        Relevance::Binary => f64::from(u8::from(label > 0.0)),
        Relevance::Graded => label.trunc(),
    };
    let all: f64 = items.iter().map(|item| weight(item.relevance())).sum();
    ranked(items, k, ties, scratch);
    let found: f64 = scratch.labels.iter().map(|label| weight(*label)).sum();
    let recall = if all == 0.0 { 0.0 } else { found / all };
    (!recall.is_nan()).then_some(recall)
}

/// The mean, over the relevant positions, of the precision at that position; 0 where none is relevant.
pub fn average_precision(items: &[Item], ties: Ties, scratch: &mut Scratch) -> f64 {
    ranked(items, items.len(), ties, scratch);
    let (mut found, mut sum) = (0.0, 0.0);
    for (position, label) in (1_u32..).zip(&scratch.labels) {
        if *label > 0.0 {
            found += 1.0;
            sum += found / f64::from(position);
        }
    }
    if found == 0.0 { 0.0 } else { sum / found }
}

/// 1 / position of the first relevant item; 0 where none is relevant.
pub fn reciprocal_rank(items: &[Item], ties: Ties, scratch: &mut Scratch) -> f64 {
    ranked(items, items.len(), ties, scratch);
    let first = scratch.labels.iter().position(|label| *label > 0.0);
    first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0))
}

/// Area under the ROC curve: the chance that a relevant item scores above another one, ties counting
/// half (D-MET-2: ties depended on the order of the rows). Items without a score are left out. `None`
/// unless there are items of both kinds.
pub fn auc(items: &[Item], scratch: &mut Scratch) -> Option<f64> {
    let keys = order::by_score(items, scratch);
    let positives = keys.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = keys.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut rank_sum = 0.0;
    let mut before = 0.0;
    for tied in keys.chunk_by(|a, b| a.0 == b.0) {
        let middle = before + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += middle * tied.iter().filter(|(_, positive)| *positive).count() as f64;
        before += tied.len() as f64;
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

#[cfg(test)]
mod tests;
