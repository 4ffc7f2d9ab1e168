//! How good an order is: metrics of one group of items, each with a relevance label and a score.
//!
//! The order is by score, descending; equal scores keep the order they came in, and missing scores
//! (NaN) come last. A missing label (NaN) counts as 0. Positions count from 1.

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

/// The labels in the order of their scores. `labels` and `scores` are of one length.
fn ranked(labels: &[f64], scores: &[f64]) -> Vec<f64> {
    let key = |at: usize| if scores[at].is_nan() { f64::NEG_INFINITY } else { scores[at] };
    let mut order: Vec<usize> = (0..labels.len().min(scores.len())).collect();
    // Stable, so that equal scores keep their order; −∞ stands before a missing score.
    order.sort_by(|&a, &b| {
        key(b).total_cmp(&key(a)).then(scores[a].is_nan().cmp(&scores[b].is_nan()))
    });
    order.into_iter().map(|at| if labels[at].is_nan() { 0.0 } else { labels[at] }).collect()
}

/// Discounted cumulative gain of the first `k` labels: gain / log2(position + 1), summed.
fn dcg(labels: &[f64], k: usize, gain: Gain) -> f64 {
    let gain = |label: f64| match gain {
        Gain::Linear => label,
        Gain::Exponential => label.exp2() - 1.0,
    };
    (2_u32..).zip(labels.iter().take(k)).map(|(i, &label)| gain(label) / f64::from(i).log2()).sum()
}

/// Normalised discounted cumulative gain at `k`: the order's gain over that of the best order; 0 where
/// the best order gains nothing.
pub fn ndcg(labels: &[f64], scores: &[f64], k: usize, gain: Gain, ideal: Ideal) -> f64 {
    let ranked = ranked(labels, scores);
    let mut best = match ideal {
        Ideal::Retrieved => ranked[..k.min(ranked.len())].to_vec(),
        Ideal::Group => ranked.clone(),
    };
    best.sort_by(|a, b| b.total_cmp(a));
    let best = dcg(&best, k, gain);
    if best == 0.0 { 0.0 } else { dcg(&ranked, k, gain) / best }
}

/// The share of the first `k` places that hold a relevant item (label above 0). Places that the group
/// is too small to fill hold none; 0 for no places.
pub fn precision_at(labels: &[f64], scores: &[f64], k: usize) -> f64 {
    let ranked = ranked(labels, scores);
    if k == 0 { 0.0 } else { relevant(&ranked[..k.min(ranked.len())]) / k as f64 }
}

/// The share of the relevant items that stand among the first `k`; 0 where none is relevant.
pub fn recall_at(labels: &[f64], scores: &[f64], k: usize) -> f64 {
    let ranked = ranked(labels, scores);
    let all = relevant(&ranked);
    if all == 0.0 { 0.0 } else { relevant(&ranked[..k.min(ranked.len())]) / all }
}

/// How many labels are above 0.
fn relevant(labels: &[f64]) -> f64 {
    labels.iter().filter(|label| **label > 0.0).count() as f64
}

/// The mean, over the relevant positions, of the precision at that position; 0 where none is relevant.
pub fn average_precision(labels: &[f64], scores: &[f64]) -> f64 {
    let (mut found, mut sum) = (0.0, 0.0);
    for (position, label) in (1_u32..).zip(ranked(labels, scores)) {
        if label > 0.0 {
            found += 1.0;
            sum += found / f64::from(position);
        }
    }
    if found == 0.0 { 0.0 } else { sum / found }
}

/// 1 / position of the first relevant item; 0 where none is relevant.
pub fn reciprocal_rank(labels: &[f64], scores: &[f64]) -> f64 {
    let first = ranked(labels, scores).into_iter().position(|label| label > 0.0);
    first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0))
}

/// Area under the ROC curve: the chance that a relevant item scores above another one, ties counting
/// half (D-MET-2: ties depended on the order of the rows). Items without a score are left out. `None`
/// unless there are items of both kinds.
pub fn auc(labels: &[f64], scores: &[f64]) -> Option<f64> {
    let mut items: Vec<(f64, bool)> = labels
        .iter()
        .zip(scores)
        .filter(|(_, score)| !score.is_nan())
        .map(|(label, score)| (*score, *label > 0.0))
        .collect();
    items.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = items.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = items.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let mut rank_sum = 0.0;
    let mut before = 0.0;
    for tied in items.chunk_by(|a, b| a.0 == b.0) {
        let middle = before + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += middle * tied.iter().filter(|(_, positive)| *positive).count() as f64;
        before += tied.len() as f64;
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

#[cfg(test)]
mod tests;
