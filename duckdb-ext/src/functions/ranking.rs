//! Ranking metrics in SQL: an aggregate and a list form of each.

use super::AggregateEntry;
use crate::core::ranking::{
    Gain, Ideal, auc, average_precision, ndcg, precision_at, recall_at, reciprocal_rank,
};
use crate::ffi::{Aggregate, Arg, Args, Doubles, Error, Nulls, Out, Scalar, Texts, Type, Values};
use std::marker::PhantomData;

const LIST: Type = Type::List(&Type::Double);
const LABELS: Arg = ("labels", LIST);
const SCORES: Arg = ("scores", LIST);
const LABEL: Arg = ("label", Type::Double);
const SCORE: Arg = ("score", Type::Double);
const K: Arg = ("k", Type::BigInt);
const GAIN: Arg = ("gain", Type::Varchar);
const IDEAL: Arg = ("ideal", Type::Varchar);

pub(super) static SCALARS: &[Scalar] = &[
    list_form::<Ndcg>(
        "list_ndcg",
        &[LABELS, SCORES, K],
        "list_ndcg([3, 2, 3, 0, 1, 2], [6, 5, 4, 3, 2, 1], 6)",
    ),
    list_form::<Ndcg>(
        "list_ndcg",
        &[LABELS, SCORES, K, GAIN, IDEAL],
        "list_ndcg([1, 0, 3], [3, 2, 1], 2, 'linear', 'retrieved')",
    ),
    list_form::<PrecisionAt>(
        "list_precision_at",
        &[LABELS, SCORES, K],
        "list_precision_at([1, 0, 1], [3, 2, 1], 2)",
    ),
    list_form::<RecallAt>(
        "list_recall_at",
        &[LABELS, SCORES, K],
        "list_recall_at([1, 0, 1], [3, 2, 1], 2)",
    ),
    list_form::<AveragePrecision>(
        "list_average_precision",
        &[LABELS, SCORES],
        "list_average_precision([1, 0, 1], [3, 2, 1])",
    ),
    list_form::<ReciprocalRank>(
        "list_reciprocal_rank",
        &[LABELS, SCORES],
        "list_reciprocal_rank([0, 1], [2, 1])",
    ),
    list_form::<Auc>(
        "list_auc",
        &[LABELS, SCORES],
        "list_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])",
    ),
];

const fn list_form<M: Metric>(
    name: &'static str,
    args: &'static [Arg],
    example: &'static str,
) -> Scalar {
    let (returns, nulls) = (Type::Double, Nulls::Passed);
    Scalar { name, args, returns, nulls, eval: list::<M>, help: M::HELP, example }
}

pub(super) static AGGREGATES: &[AggregateEntry] = &[
    AggregateEntry::of::<Over<Ndcg>>(),
    AggregateEntry::of::<Over<PrecisionAt>>(),
    AggregateEntry::of::<Over<RecallAt>>(),
    AggregateEntry::of::<Over<AveragePrecision>>(),
    AggregateEntry::of::<Over<ReciprocalRank>>(),
    AggregateEntry::of::<Over<Auc>>(),
];

/// How a group is to be measured.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Options {
    k: usize,
    gain: Gain,
    ideal: Ideal,
}

/// A metric of one group, given as labels and scores, NaN for missing ones.
trait Metric: 'static {
    const NAME: &'static str;
    const OVERLOADS: &'static [&'static [Arg]] = &[&[LABEL, SCORE]];
    const HELP: &'static str;
    const EXAMPLE: &'static str;
    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64>;
}

const AT_K: &[&[Arg]] = &[&[LABEL, SCORE, K]];

struct Ndcg;

impl Metric for Ndcg {
    const NAME: &'static str = "ndcg";
    const OVERLOADS: &'static [&'static [Arg]] =
        &[&[LABEL, SCORE, K], &[LABEL, SCORE, K, GAIN, IDEAL]];
    const HELP: &'static str = "Normalised discounted cumulative gain at k; gain 'exponential' (NULL) or \
        'linear', ideal order of the 'group' (NULL) or of the 'retrieved' first k";
    const EXAMPLE: &'static str =
        "ndcg(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(ndcg(labels, scores, options.k, options.gain, options.ideal))
    }
}

struct PrecisionAt;

impl Metric for PrecisionAt {
    const NAME: &'static str = "precision_at";
    const OVERLOADS: &'static [&'static [Arg]] = AT_K;
    const HELP: &'static str =
        "The share of the first k places that hold a relevant item (label above 0)";
    const EXAMPLE: &'static str =
        "precision_at(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(precision_at(labels, scores, options.k))
    }
}

struct RecallAt;

impl Metric for RecallAt {
    const NAME: &'static str = "recall_at";
    const OVERLOADS: &'static [&'static [Arg]] = AT_K;
    const HELP: &'static str = "The share of the relevant items that stand in the first k places";
    const EXAMPLE: &'static str =
        "recall_at(label, score, 2) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(recall_at(labels, scores, options.k))
    }
}

struct AveragePrecision;

impl Metric for AveragePrecision {
    const NAME: &'static str = "average_precision";
    const HELP: &'static str = "The mean of the precisions at the relevant places";
    const EXAMPLE: &'static str =
        "average_precision(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], _: Options) -> Option<f64> {
        Some(average_precision(labels, scores))
    }
}

struct ReciprocalRank;

impl Metric for ReciprocalRank {
    const NAME: &'static str = "reciprocal_rank";
    const HELP: &'static str = "1 / place of the first relevant item";
    const EXAMPLE: &'static str =
        "reciprocal_rank(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], _: Options) -> Option<f64> {
        Some(reciprocal_rank(labels, scores))
    }
}

struct Auc;

impl Metric for Auc {
    const NAME: &'static str = "auc";
    const HELP: &'static str =
        "Area under the ROC curve: how often a relevant item scores above another, ties half";
    const EXAMPLE: &'static str =
        "auc(label, score) from (values (1, 3), (0, 2), (3, 1)) t(label, score)";

    fn measure(labels: &[f64], scores: &[f64], _: Options) -> Option<f64> {
        auc(labels, scores)
    }
}

/// The arguments after label and score: `k`, and what a gain and the ideal order are.
struct OptionColumns<'a> {
    k: Option<Values<'a, i64>>,
    gain: Option<Texts<'a>>,
    ideal: Option<Texts<'a>>,
}

impl<'a> OptionColumns<'a> {
    fn new(args: &Args<'a>) -> Result<Self, Error> {
        let has = |column: usize| args.columns() > column;
        Ok(Self {
            k: has(2).then(|| args.bigints(2)).transpose()?,
            gain: has(3).then(|| args.texts(3)).transpose()?,
            ideal: has(4).then(|| args.texts(4)).transpose()?,
        })
    }

    /// The options of a row. A `k` of NULL is the whole group; gain and ideal NULL are the defaults.
    fn get(&self, row: usize) -> Result<Options, Error> {
        let k = match self.k.as_ref().and_then(|k| k.get(row)) {
            None => usize::MAX,
            Some(k) => usize::try_from(k)
                .map_err(|_| Error::argument(format!("k is {k}; give a number from 0")))?,
        };
        let text = |column: &Option<Texts<'a>>| match column {
            Some(texts) => texts.get(row),
            None => Ok(None),
        };
        let gain = match text(&self.gain)? {
            None | Some("exponential") => Gain::Exponential,
            Some("linear") => Gain::Linear,
            Some(other) => {
                let problem = format!("gain is '{other}'; give 'exponential' or 'linear'");
                return Err(Error::argument(problem));
            }
        };
        let ideal = match text(&self.ideal)? {
            None | Some("group") => Ideal::Group,
            Some("retrieved") => Ideal::Retrieved,
            Some(other) => {
                let problem = format!("ideal is '{other}'; give 'group' or 'retrieved'");
                return Err(Error::argument(problem));
            }
        };
        Ok(Options { k, gain, ideal })
    }
}

/// The aggregate form of a metric, over the rows of a group. A NULL label counts as 0, a NULL score
/// ranks last; no rows, no result.
struct Over<M>(PhantomData<M>);

/// What a group has gathered.
#[derive(Default)]
struct Items {
    labels: Vec<f64>,
    scores: Vec<f64>,
    options: Option<Options>,
}

impl Items {
    /// All rows of a group are measured in one way.
    fn agree(&mut self, options: Options) -> Result<(), Error> {
        if *self.options.get_or_insert(options) == options {
            return Ok(());
        }
        Err(Error::argument("k, gain or ideal change within a group; give one of each"))
    }
}

struct Columns<'a> {
    labels: Doubles<'a>,
    scores: Doubles<'a>,
    options: OptionColumns<'a>,
}

impl<M: Metric> Aggregate for Over<M> {
    const NAME: &'static str = M::NAME;
    const OVERLOADS: &'static [&'static [Arg]] = M::OVERLOADS;
    const RETURNS: Type = Type::Double;
    const HELP: &'static str = M::HELP;
    const EXAMPLE: &'static str = M::EXAMPLE;
    type State = Items;
    type Columns<'a> = Columns<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Columns<'a>, Error> {
        Ok(Columns {
            labels: args.doubles(0)?,
            scores: args.doubles(1)?,
            options: OptionColumns::new(args)?,
        })
    }

    fn update(state: &mut Items, columns: &Columns<'_>, row: usize) -> Result<(), Error> {
        state.agree(columns.options.get(row)?)?;
        state.labels.push(columns.labels.get(row).unwrap_or(f64::NAN));
        state.scores.push(columns.scores.get(row).unwrap_or(f64::NAN));
        Ok(())
    }

    fn combine(target: &mut Items, source: &Items) -> Result<(), Error> {
        if let Some(options) = source.options {
            target.agree(options)?;
        }
        target.labels.extend_from_slice(&source.labels);
        target.scores.extend_from_slice(&source.scores);
        Ok(())
    }

    fn gathered(state: &Items) -> *const u8 {
        state.labels.as_ptr().cast()
    }

    fn finish(state: &mut Items, out: &mut Out<'_>, row: usize) -> Result<(), Error> {
        let value = state.options.and_then(|o| M::measure(&state.labels, &state.scores, o));
        out.set_double(row, value)
    }
}

/// The list form of a metric: labels and scores of one group in two lists of one length. NULL for a
/// NULL or empty list.
fn list<M: Metric>(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (label_lists, score_lists) = (args.lists(0)?, args.lists(1)?);
    let (labels, scores) = (label_lists.doubles()?, score_lists.doubles()?);
    let options = OptionColumns::new(args)?;
    let gather = |column: &Doubles<'_>, range: std::ops::Range<usize>| -> Vec<f64> {
        range.map(|at| column.get(at).unwrap_or(f64::NAN)).collect()
    };
    for row in 0..args.len() {
        let (Some(label_range), Some(score_range)) = (label_lists.get(row), score_lists.get(row))
        else {
            out.set_null(row);
            continue;
        };
        if label_range.len() != score_range.len() {
            return Err(Error::argument(format!(
                "{} labels and {} scores; give lists of one length",
                label_range.len(),
                score_range.len()
            )));
        }
        let options = options.get(row)?;
        let (labels, scores) = (gather(&labels, label_range), gather(&scores, score_range));
        let value = if labels.is_empty() { None } else { M::measure(&labels, &scores, options) };
        out.set_double(row, value)?;
    }
    Ok(())
}
