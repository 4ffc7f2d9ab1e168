//! Ranking metrics in SQL: an aggregate and a list form of each.

use crate::core::ranking::{
    Gain, Ideal, auc, average_precision, ndcg, precision_at, recall_at, reciprocal_rank,
};
use crate::ffi::{
    Aggregate, Args, Connection, Doubles, Error, Nulls, Out, Scalar, Texts, Type, Values,
};
use std::marker::PhantomData;

const LIST: Type = Type::List(&Type::Double);
const K: Type = Type::BigInt;
const TEXT: Type = Type::Varchar;

pub(super) static SCALARS: &[Scalar] = &[
    list_form("list_ndcg", &[LIST, LIST, K], list::<Ndcg>),
    list_form("list_ndcg", &[LIST, LIST, K, TEXT, TEXT], list::<Ndcg>),
    list_form("list_precision_at", &[LIST, LIST, K], list::<PrecisionAt>),
    list_form("list_recall_at", &[LIST, LIST, K], list::<RecallAt>),
    list_form("list_average_precision", &[LIST, LIST], list::<AveragePrecision>),
    list_form("list_reciprocal_rank", &[LIST, LIST], list::<ReciprocalRank>),
    list_form("list_auc", &[LIST, LIST], list::<Auc>),
];

const fn list_form(name: &'static str, args: &'static [Type], eval: crate::ffi::Eval) -> Scalar {
    Scalar { name, args, returns: Type::Double, nulls: Nulls::Passed, eval }
}

/// Registers the aggregates.
pub(super) fn register(connection: &Connection) -> Result<(), Error> {
    Over::<Ndcg>::register(connection)?;
    Over::<PrecisionAt>::register(connection)?;
    Over::<RecallAt>::register(connection)?;
    Over::<AveragePrecision>::register(connection)?;
    Over::<ReciprocalRank>::register(connection)?;
    Over::<Auc>::register(connection)
}

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
    const OVERLOADS: &'static [&'static [Type]] = &[&[Type::Double, Type::Double]];
    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64>;
}

const AT_K: &[&[Type]] = &[&[Type::Double, Type::Double, K]];

struct Ndcg;

impl Metric for Ndcg {
    const NAME: &'static str = "ndcg";
    const OVERLOADS: &'static [&'static [Type]] =
        &[&[Type::Double, Type::Double, K], &[Type::Double, Type::Double, K, TEXT, TEXT]];

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(ndcg(labels, scores, options.k, options.gain, options.ideal))
    }
}

struct PrecisionAt;

impl Metric for PrecisionAt {
    const NAME: &'static str = "precision_at";
    const OVERLOADS: &'static [&'static [Type]] = AT_K;

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(precision_at(labels, scores, options.k))
    }
}

struct RecallAt;

impl Metric for RecallAt {
    const NAME: &'static str = "recall_at";
    const OVERLOADS: &'static [&'static [Type]] = AT_K;

    fn measure(labels: &[f64], scores: &[f64], options: Options) -> Option<f64> {
        Some(recall_at(labels, scores, options.k))
    }
}

struct AveragePrecision;

impl Metric for AveragePrecision {
    const NAME: &'static str = "average_precision";

    fn measure(labels: &[f64], scores: &[f64], _: Options) -> Option<f64> {
        Some(average_precision(labels, scores))
    }
}

struct ReciprocalRank;

impl Metric for ReciprocalRank {
    const NAME: &'static str = "reciprocal_rank";

    fn measure(labels: &[f64], scores: &[f64], _: Options) -> Option<f64> {
        Some(reciprocal_rank(labels, scores))
    }
}

struct Auc;

impl Metric for Auc {
    const NAME: &'static str = "auc";

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
    const OVERLOADS: &'static [&'static [Type]] = M::OVERLOADS;
    const RETURNS: Type = Type::Double;
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
