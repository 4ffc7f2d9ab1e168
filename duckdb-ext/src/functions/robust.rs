//! Robust statistics in SQL.

use super::AggregateEntry;
use super::gathered::Gathered;
use crate::core::robust::{
    MAD_TO_SIGMA, RobustStats, Scratch, ZScoreOptions, robust_stats, robust_zscore, robust_zscores,
};
use crate::ffi::{Aggregate, Arg, Args, Doubles, Error, Nulls, Out, Scalar, Structs, Texts, Type};
use std::cell::RefCell;
use std::marker::PhantomData;

const STATS: Type = Type::Struct(&[
    ("n", Type::BigInt),
    ("median", Type::Double),
    ("mad", Type::Double),
    ("aad", Type::Double),
]);

const DOUBLES: Type = Type::List(&Type::Double);

pub(super) static SCALARS: &[Scalar] = &[
    Scalar {
        name: "robust_zscore",
        args: &[("x", Type::Double), ("stats", STATS)],
        returns: Type::Double,
        nulls: Nulls::Propagate,
        eval: zscore,
        help: "The robust z-score of x: (x - median) / mad",
        example: "robust_zscore(5, list_robust_stats([1, 2, 3, 4, 5]))",
    },
    Scalar {
        name: "robust_zscore",
        args: &[
            ("x", Type::Double),
            ("stats", STATS),
            ("scale", Type::Double),
            ("clip", Type::Double),
            ("zero_mad", Type::Varchar),
        ],
        returns: Type::Double,
        nulls: Nulls::Passed,
        eval: zscore,
        help: "The same, divided by scale (NULL: 1), bounded to ±clip (NULL: not); zero_mad is \
               'mean_deviation' (NULL) or 'epsilon'",
        example: "robust_zscore(9, list_robust_stats([1, 2, 3, 4, 5]), 1.4826, 3, 'mean_deviation')",
    },
    Scalar {
        name: "robust_zscore",
        args: &[
            ("x", Type::Double),
            ("median", Type::Double),
            ("mad", Type::Double),
            ("aad", Type::Double),
        ],
        returns: Type::Double,
        nulls: Nulls::Propagate,
        eval: zscore_of_numbers,
        help: "The same from the statistics as numbers, which joins carry faster than a struct",
        example: "robust_zscore(5, 3, 1, 1.2)",
    },
    Scalar {
        name: "robust_zscores",
        args: &[("list", DOUBLES)],
        returns: DOUBLES,
        nulls: Nulls::Propagate,
        eval: zscores,
        help: "The robust z-score of each element in its own list",
        example: "robust_zscores([10, 12, 11, 50, 9])",
    },
    Scalar {
        name: "robust_zscores",
        args: &[
            ("list", DOUBLES),
            ("scale", Type::Double),
            ("clip", Type::Double),
            ("zero_mad", Type::Varchar),
        ],
        returns: DOUBLES,
        nulls: Nulls::Passed,
        eval: zscores,
        help: "The same with the options of robust_zscore",
        example: "robust_zscores([1, 1, 1, 2], 1.4826, 3, 'mean_deviation')",
    },
    Scalar {
        name: "list_robust_stats",
        args: &[("list", DOUBLES)],
        returns: STATS,
        nulls: Nulls::Propagate,
        eval: list_stats,
        help: "robust_stats of the elements of a list",
        example: "list_robust_stats([4, 1, 10, 3])",
    },
    Scalar {
        name: "list_mad_scaled",
        args: &[("list", DOUBLES)],
        returns: Type::Double,
        nulls: Nulls::Propagate,
        eval: list_mad_scaled,
        help: "mad_scaled of the elements of a list",
        example: "list_mad_scaled([4, 1, 10, 3])",
    },
];

pub(super) static AGGREGATES: &[AggregateEntry] =
    &[AggregateEntry::of::<Over<Stats>>(), AggregateEntry::of::<Over<MadScaled>>()];

/// `robust_zscore(x, stats [, scale, clip, zero_mad])`: NULL where `x` or the statistics are
/// missing. Scale NULL is 1, clip NULL is none, zero_mad NULL is `mean_deviation`.
fn zscore(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let xs = args.doubles(0)?;
    let stats = StatsColumn::new(args.structs(1)?)?;
    let options = OptionColumns::after(args, 2)?;
    for row in 0..args.len() {
        let options = options.as_ref().map_or(Ok(ZScoreOptions::default()), |o| o.get(row))?;
        let z = xs.get(row).zip(stats.get(row)).and_then(|(x, s)| robust_zscore(x, &s, &options));
        out.set_double(row, z)?;
    }
    Ok(())
}

/// `robust_zscore(x, median, mad, aad)`: as above, with default options.
fn zscore_of_numbers(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let (xs, medians) = (args.doubles(0)?, args.doubles(1)?);
    let (mads, aads) = (args.doubles(2)?, args.doubles(3)?);
    let options = ZScoreOptions::default();
    for row in 0..args.len() {
        let z = || {
            let (median, mad, aad) = (medians.get(row)?, mads.get(row)?, aads.get(row)?);
            robust_zscore(xs.get(row)?, &RobustStats { n: 0, median, mad, aad }, &options)
        };
        out.set_double(row, z())?;
    }
    Ok(())
}

/// `robust_zscores(list [, scale, clip, zero_mad])`: the z-score of each element in its own list.
fn zscores(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let lists = args.lists(0)?;
    let values = lists.doubles()?;
    let options = OptionColumns::after(args, 1)?;
    let mut scored: Vec<Option<f64>> = Vec::new();
    for row in 0..args.len() {
        let Some(range) = lists.get(row) else {
            out.set_null(row);
            continue;
        };
        let options = options.as_ref().map_or(Ok(ZScoreOptions::default()), |o| o.get(row))?;
        let group: Vec<Option<f64>> = range.map(|at| values.get(at)).collect();
        out.set_list(row, scored.len(), group.len())?;
        scored.extend(robust_zscores(&group, &options));
    }
    out.set_list_doubles(&scored)
}

/// `list_robust_stats(list)`: what the aggregate `robust_stats` gives for the list's elements.
fn list_stats(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    for_each_list(args, |row, stats| Stats::write(out, row, stats))
}

/// `list_mad_scaled(list)`: what the aggregate `mad_scaled` gives for the list's elements.
fn list_mad_scaled(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    for_each_list(args, |row, stats| MadScaled::write(out, row, stats))
}

fn for_each_list(
    args: &Args<'_>,
    mut write: impl FnMut(usize, Option<RobustStats>) -> Result<(), Error>,
) -> Result<(), Error> {
    let lists = args.lists(0)?;
    let elements = lists.doubles()?;
    let (mut values, mut scratch) = (Vec::new(), Scratch::default());
    for row in 0..args.len() {
        values.clear();
        values.extend(lists.get(row).into_iter().flatten().filter_map(|at| elements.get(at)));
        write(row, robust_stats([&values[..]], &mut scratch))?;
    }
    Ok(())
}

/// What an aggregate over the values of a group tells of their statistics.
trait Told: 'static {
    const NAME: &'static str;
    const RETURNS: Type;
    const HELP: &'static str;
    const EXAMPLE: &'static str;
    fn write(out: &mut Out<'_>, row: usize, stats: Option<RobustStats>) -> Result<(), Error>;
}

/// All of them.
struct Stats;

impl Told for Stats {
    const NAME: &'static str = "robust_stats";
    const RETURNS: Type = STATS;
    const HELP: &'static str = "Count, median, median and mean absolute deviation of a group; on DuckDB before 2.0 use list_robust_stats(list(x))";
    const EXAMPLE: &'static str = "robust_stats(x) from range(1, 6) t(x)";

    fn write(out: &mut Out<'_>, row: usize, stats: Option<RobustStats>) -> Result<(), Error> {
        let Some(stats) = stats else {
            out.set_null(row);
            return Ok(());
        };
        out.field(0).set_bigint(row, Some(stats.n as i64))?;
        out.field(1).set_double(row, Some(stats.median))?;
        out.field(2).set_double(row, Some(stats.mad))?;
        out.field(3).set_double(row, Some(stats.aad))
    }
}

/// The standard deviation that a normal distribution with this MAD has.
struct MadScaled;

impl Told for MadScaled {
    const NAME: &'static str = "mad_scaled";
    const RETURNS: Type = Type::Double;
    const HELP: &'static str = "1.4826 times the median absolute deviation: a standard deviation that outliers do not move";
    const EXAMPLE: &'static str = "mad_scaled(x) from range(1, 6) t(x)";

    fn write(out: &mut Out<'_>, row: usize, stats: Option<RobustStats>) -> Result<(), Error> {
        out.set_double(row, stats.map(|stats| MAD_TO_SIGMA * stats.mad).filter(|x| !x.is_nan()))
    }
}

/// The aggregate over the values that are neither NULL nor NaN; NULL when there are none.
struct Over<T>(PhantomData<T>);

impl<T: Told> Aggregate for Over<T> {
    const NAME: &'static str = T::NAME;
    const OVERLOADS: &'static [&'static [Arg]] = &[&[("x", Type::Double)]];
    const RETURNS: Type = T::RETURNS;
    const HELP: &'static str = T::HELP;
    const EXAMPLE: &'static str = T::EXAMPLE;
    type State = Gathered<[f64; 8]>;
    type Columns<'a> = Doubles<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Doubles<'a>, Error> {
        args.doubles(0)
    }

    #[inline]
    fn update(state: &mut Self::State, columns: &Doubles<'_>, row: usize) -> Result<(), Error> {
        if let Some(x) = columns.get(row).filter(|x| !x.is_nan()) {
            state.push(x);
        }
        Ok(())
    }

    fn combine(target: &mut Self::State, source: &Self::State) -> Result<(), Error> {
        target.append(source);
        Ok(())
    }

    fn gathered(state: &Self::State) -> *const u8 {
        state.address()
    }

    fn growing(state: &Self::State) -> *const u8 {
        state.end()
    }

    fn work(state: &Self::State) -> (usize, usize) {
        (state.len(), state.threads())
    }

    type Measured = Option<RobustStats>;

    fn measure(state: &Self::State) -> Option<RobustStats> {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        SCRATCH.with_borrow_mut(|scratch| robust_stats(state.pieces(), scratch))
    }

    fn write(
        _: &Self::State,
        stats: Option<RobustStats>,
        out: &mut Out<'_>,
        row: usize,
    ) -> Result<(), Error> {
        T::write(out, row, stats)
    }
}

/// A column of statistics structs.
struct StatsColumn<'a> {
    rows: Structs<'a>,
    median: Doubles<'a>,
    mad: Doubles<'a>,
    aad: Doubles<'a>,
}

impl<'a> StatsColumn<'a> {
    fn new(rows: Structs<'a>) -> Result<Self, Error> {
        let (median, mad, aad) = (rows.doubles(1)?, rows.doubles(2)?, rows.doubles(3)?);
        Ok(Self { rows, median, mad, aad })
    }

    /// The statistics that a z-score needs; missing when one of them is.
    fn get(&self, row: usize) -> Option<RobustStats> {
        self.rows.is_valid(row).then_some(())?;
        let (median, mad) = (self.median.get(row)?, self.mad.get(row)?);
        Some(RobustStats { n: 0, median, mad, aad: self.aad.get(row)? })
    }
}

/// The columns of the long form's options.
struct OptionColumns<'a> {
    scale: Doubles<'a>,
    clip: Doubles<'a>,
    zero_mad: Texts<'a>,
}

impl<'a> OptionColumns<'a> {
    /// The options that follow the first `plain` arguments, if this is the long form.
    fn after(args: &Args<'a>, plain: usize) -> Result<Option<Self>, Error> {
        if args.columns() == plain {
            return Ok(None);
        }
        Ok(Some(Self {
            scale: args.doubles(plain)?,
            clip: args.doubles(plain + 1)?,
            zero_mad: args.texts(plain + 2)?,
        }))
    }

    fn get(&self, row: usize) -> Result<ZScoreOptions, Error> {
        let (scale, clip) = (self.scale.get(row), self.clip.get(row));
        ZScoreOptions::new(scale, clip, self.zero_mad.get(row)?)
            .map_err(|error| Error::argument(error.to_string()))
    }
}
