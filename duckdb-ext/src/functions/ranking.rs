//! Ranking metrics in SQL: an aggregate and a list form of each.

mod metrics;
mod options;

use super::AggregateEntry;
use super::gathered::Gathered;
use crate::core::ranking::{Item, Scratch};
use crate::ffi::{Aggregate, Arg, Args, Doubles, Error, Nulls, Out, Scalar, Type};
use metrics::{Auc, AveragePrecision, Ndcg, PrecisionAt, RecallAt, ReciprocalRank};
use options::{GAIN, IDEAL, K, OptionColumns, Options, RELEVANCE, TIES};
use std::cell::RefCell;
use std::marker::PhantomData;

const LIST: Type = Type::List(&Type::Double);
const LABELS: Arg = ("labels", LIST);
const SCORES: Arg = ("scores", LIST);
const LABEL: Arg = ("label", Type::Double);
const SCORE: Arg = ("score", Type::Double);

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
    list_form::<Ndcg>(
        "list_ndcg",
        &[LABELS, SCORES, K, GAIN, IDEAL, TIES],
        "list_ndcg([1, 0, 3], [1, 1, 1], 2, 'exponential', 'group', 'order')",
    ),
    list_form::<PrecisionAt>(
        "list_precision_at",
        &[LABELS, SCORES, K],
        "list_precision_at([1, 0, 1], [3, 2, 1], 2)",
    ),
    list_form::<PrecisionAt>(
        "list_precision_at",
        &[LABELS, SCORES, K, TIES],
        "list_precision_at([1, 0, 1], [1, 1, 1], 2, 'order')",
    ),
    list_form::<RecallAt>(
        "list_recall_at",
        &[LABELS, SCORES, K],
        "list_recall_at([1, 0, 1], [3, 2, 1], 2)",
    ),
    list_form::<RecallAt>(
        "list_recall_at",
        &[LABELS, SCORES, K, RELEVANCE],
        "list_recall_at([2, 0, 1, 1], [4, 3, 2, 1], 2, 'graded')",
    ),
    list_form::<RecallAt>(
        "list_recall_at",
        &[LABELS, SCORES, K, RELEVANCE, TIES],
        "list_recall_at([2, 0, 1, 1], [1, 1, 1, 1], 2, 'binary', 'order')",
    ),
    list_form::<AveragePrecision>(
        "list_average_precision",
        &[LABELS, SCORES],
        "list_average_precision([1, 0, 1], [3, 2, 1])",
    ),
    list_form::<AveragePrecision>(
        "list_average_precision",
        &[LABELS, SCORES, TIES],
        "list_average_precision([1, 0, 1], [1, 1, 1], 'order')",
    ),
    list_form::<ReciprocalRank>(
        "list_reciprocal_rank",
        &[LABELS, SCORES],
        "list_reciprocal_rank([0, 1], [2, 1])",
    ),
    list_form::<ReciprocalRank>(
        "list_reciprocal_rank",
        &[LABELS, SCORES, TIES],
        "list_reciprocal_rank([0, 1], [1, 1], 'order')",
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

/// A metric of one group.
trait Metric: 'static {
    const NAME: &'static str;
    /// Label, score, and what may follow them. No two forms have the same number of arguments.
    const OVERLOADS: &'static [&'static [Arg]];
    const HELP: &'static str;
    const EXAMPLE: &'static str;
    fn measure(items: &[Item], options: Options, scratch: &mut Scratch) -> Option<f64>;
}

fn measure<M: Metric>(items: &[Item], options: Options) -> Option<f64> {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    SCRATCH.with_borrow_mut(|scratch| M::measure(items, options, scratch))
}

/// The aggregate form of a metric, over the rows of a group. A NULL label counts as 0, a NULL score
/// ranks last; no rows, no result.
struct Over<M>(PhantomData<M>);

/// What a group has gathered.
#[derive(Default)]
struct Group {
    items: Gathered<[Item; 4]>,
    options: Option<Options>,
}

impl Group {
    /// All rows of a group are measured in one way.
    fn agree(&mut self, options: Options) -> Result<(), Error> {
        if *self.options.get_or_insert(options) == options {
            return Ok(());
        }
        Err(Error::argument("Options change within a group; give one of each"))
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
    type State = Group;
    type Columns<'a> = Columns<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Columns<'a>, Error> {
        let options = OptionColumns::new(args, M::OVERLOADS)?;
        Ok(Columns { labels: args.doubles(0)?, scores: args.doubles(1)?, options })
    }

    #[inline]
    fn update(state: &mut Group, columns: &Columns<'_>, row: usize) -> Result<(), Error> {
        state.agree(columns.options.get(row)?)?;
        let label = columns.labels.get(row).unwrap_or(f64::NAN);
        let score = columns.scores.get(row).unwrap_or(f64::NAN);
        state.items.push(Item { label, score });
        Ok(())
    }

    fn combine(target: &mut Group, source: &Group) -> Result<(), Error> {
        if let Some(options) = source.options {
            target.agree(options)?;
            target.items.append(&source.items);
        }
        Ok(())
    }

    fn gathered(state: &Group) -> *const u8 {
        state.items.address()
    }

    fn growing(state: &Group) -> *const u8 {
        state.items.end()
    }

    fn work(state: &Group) -> (usize, usize) {
        (state.items.len(), state.items.threads())
    }

    type Measured = Option<f64>;

    fn measure(state: &Group) -> Option<f64> {
        thread_local! {
            static ROOM: RefCell<Vec<Item>> = RefCell::default();
        }
        let options = state.options?;
        ROOM.with_borrow_mut(|room| measure::<M>(state.items.whole(room), options))
    }

    fn write(_: &Group, value: Option<f64>, out: &mut Out<'_>, row: usize) -> Result<(), Error> {
        out.set_double(row, value)
    }
}

/// The list form of a metric: labels and scores of one group in two lists of one length. NULL for a
/// NULL or empty list.
fn list<M: Metric>(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (label_lists, score_lists) = (args.lists(0)?, args.lists(1)?);
    let (labels, scores) = (label_lists.doubles()?, score_lists.doubles()?);
    let options = OptionColumns::new(args, M::OVERLOADS)?;
    let mut items: Vec<Item> = Vec::new();
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
        items.clear();
        items.extend(label_range.zip(score_range).map(|(label, score)| Item {
            label: labels.get(label).unwrap_or(f64::NAN),
            score: scores.get(score).unwrap_or(f64::NAN),
        }));
        let options = options.get(row)?;
        let value = if items.is_empty() { None } else { measure::<M>(&items, options) };
        out.set_double(row, value)?;
    }
    Ok(())
}
