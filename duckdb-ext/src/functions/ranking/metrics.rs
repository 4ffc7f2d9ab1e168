//! The metrics: what they are called, what they take, and which formula they stand for.

use super::options::{GAIN, IDEAL, K, Options, RELEVANCE, TIES};
use super::{LABEL, Metric, SCORE};
use crate::core::ranking::{
    Item, Scratch, auc, average_precision, ndcg, precision_at, recall_at, reciprocal_rank,
};
use crate::ffi::Arg;

pub(super) struct Ndcg;

impl Metric for Ndcg {
    const NAME: &'static str = "ndcg";
    const OVERLOADS: &'static [&'static [Arg]] = &[
        &[LABEL, SCORE, K],
        &[LABEL, SCORE, K, GAIN, IDEAL],
        &[LABEL, SCORE, K, GAIN, IDEAL, TIES],
    ];
    const HELP: &'static str = "Normalised discounted cumulative gain at k (NULL: all); gain 'exponential' (NULL) \
        or 'linear', ideal order of the 'group' (NULL) or of the 'retrieved' first k; of equal scores \
        ties puts the 'worst' label (NULL) or the first in 'order' before the others";
    const EXAMPLE: &'static str =
        "ndcg(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64> {
        let Options { k, gain, ideal, ties, .. } = options;
        ndcg(items, k as usize, gain, ideal, ties, scratch)
    }
}

pub(super) struct PrecisionAt;

impl Metric for PrecisionAt {
    const NAME: &'static str = "precision_at";
    const OVERLOADS: &'static [&'static [Arg]] = &[&[LABEL, SCORE, K], &[LABEL, SCORE, K, TIES]];
    const HELP: &'static str = "The share of the first k places that hold a relevant item (label above 0); ties as for ndcg";
    const EXAMPLE: &'static str =
        "precision_at(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64> {
        Some(precision_at(items, options.k as usize, options.ties, scratch))
    }
}

pub(super) struct RecallAt;

impl Metric for RecallAt {
    const NAME: &'static str = "recall_at";
    const OVERLOADS: &'static [&'static [Arg]] =
        &[&[LABEL, SCORE, K], &[LABEL, SCORE, K, RELEVANCE], &[LABEL, SCORE, K, RELEVANCE, TIES]];
    const HELP: &'static str = "The share of the relevant items that stand in the first k places; relevance is \
        'binary' (NULL: label above 0) or 'graded' (labels are summed); ties as for ndcg";
    const EXAMPLE: &'static str =
        "recall_at(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64> {
        let Options { k, relevance, ties, .. } = options;
        recall_at(items, k as usize, relevance, ties, scratch)
    }
}

const WITH_TIES: &[&[Arg]] = &[&[LABEL, SCORE], &[LABEL, SCORE, TIES]];

pub(super) struct AveragePrecision;

impl Metric for AveragePrecision {
    const NAME: &'static str = "average_precision";
    const OVERLOADS: &'static [&'static [Arg]] = WITH_TIES;
    const HELP: &'static str =
        "The mean of the precisions at the relevant places; ties as for ndcg";
    const EXAMPLE: &'static str =
        "average_precision(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64> {
        Some(average_precision(items, options.ties, scratch))
    }
}

pub(super) struct ReciprocalRank;

impl Metric for ReciprocalRank {
    const NAME: &'static str = "reciprocal_rank";
    const OVERLOADS: &'static [&'static [Arg]] = WITH_TIES;
    const HELP: &'static str = "1 / place of the first relevant item; ties as for ndcg";
    const EXAMPLE: &'static str =
        "reciprocal_rank(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64> {
        Some(reciprocal_rank(items, options.ties, scratch))
    }
}

pub(super) struct Auc;

impl Metric for Auc {
    const NAME: &'static str = "auc";
    const OVERLOADS: &'static [&'static [Arg]] = &[&[LABEL, SCORE]];
    const HELP: &'static str =
        "Area under the ROC curve: how often a relevant item scores above another, ties half";
    const EXAMPLE: &'static str =
        "auc(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(items: &[Item], _: Options, scratch: &mut Scratch) -> Option<f64> {
        auc(items, scratch)
    }
}
