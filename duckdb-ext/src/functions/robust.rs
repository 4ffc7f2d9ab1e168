//! Robust statistics in SQL.

use super::AggregateEntry;
use crate::core::robust::{
    RobustStats, ZScoreOptions, ZeroMad, robust_stats, robust_zscore, robust_zscores,
};
use crate::ffi::{Aggregate, Arg, Args, Doubles, Error, Nulls, Out, Scalar, Structs, Type};
use std::cell::RefCell;

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
        name: "robust_zscores",
        args: &[("list", DOUBLES)],
        returns: DOUBLES,
        nulls: Nulls::Propagate,
        eval: zscores,
        help: "The robust z-score of each element in its own list",
        example: "robust_zscores([10, 12, 11, 50, 9])",
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
];

pub(super) static AGGREGATES: &[AggregateEntry] = &[AggregateEntry::of::<RobustStatsAggregate>()];

/// `robust_zscore(x, stats [, scale, clip, zero_mad])`: NULL where `x` or the statistics are
/// missing. Scale NULL is 1, clip NULL is none, zero_mad NULL is `mean_deviation`.
fn zscore(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let xs = args.doubles(0)?;
    let stats = StatsColumn::new(args.structs(1)?)?;
    let options = OptionColumns::new(args)?;
    for row in 0..args.len() {
        let options = options.as_ref().map_or(Ok(ZScoreOptions::default()), |o| o.get(row))?;
        let z = xs.get(row).zip(stats.get(row)).and_then(|(x, s)| robust_zscore(x, &s, &options));
        out.set_double(row, z)?;
    }
    Ok(())
}

/// `robust_zscores(list)`: the z-score of each element in its own list.
fn zscores(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let lists = args.lists(0)?;
    let values = lists.doubles()?;
    let options = ZScoreOptions::default();
    let mut scored: Vec<Option<f64>> = Vec::new();
    for row in 0..args.len() {
        let Some(range) = lists.get(row) else {
            out.set_null(row);
            continue;
        };
        let group: Vec<Option<f64>> = range.map(|at| values.get(at)).collect();
        out.set_list(row, scored.len(), group.len())?;
        scored.extend(robust_zscores(&group, &options));
    }
    out.set_list_doubles(&scored)
}

/// `list_robust_stats(list)`: what the aggregate `robust_stats` gives for the list's elements.
fn list_stats(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let lists = args.lists(0)?;
    let elements = lists.doubles()?;
    let (mut values, mut scratch) = (Vec::new(), Vec::new());
    for row in 0..args.len() {
        values.clear();
        values.extend(lists.get(row).into_iter().flatten().filter_map(|at| elements.get(at)));
        write_stats(out, row, robust_stats(&mut values, &mut scratch))?;
    }
    Ok(())
}

/// The aggregate `robust_stats(x)`: statistics of the values that are neither NULL nor NaN; NULL
/// when there are none.
struct RobustStatsAggregate;

impl Aggregate for RobustStatsAggregate {
    const NAME: &'static str = "robust_stats";
    const OVERLOADS: &'static [&'static [Arg]] = &[&[("x", Type::Double)]];
    const RETURNS: Type = STATS;
    const HELP: &'static str = "Count, median, median and mean absolute deviation of a group; on DuckDB before 2.0 use list_robust_stats(list(x))";
    const EXAMPLE: &'static str = "robust_stats(x) from range(1, 6) t(x)";
    type State = Vec<f64>;
    type Columns<'a> = Doubles<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Doubles<'a>, Error> {
        args.doubles(0)
    }

    fn update(state: &mut Vec<f64>, columns: &Doubles<'_>, row: usize) -> Result<(), Error> {
        state.extend(columns.get(row));
        Ok(())
    }

    fn combine(target: &mut Vec<f64>, source: &Vec<f64>) -> Result<(), Error> {
        target.extend_from_slice(source);
        Ok(())
    }

    fn finish(state: &mut Vec<f64>, out: &mut Out<'_>, row: usize) -> Result<(), Error> {
        thread_local! {
            static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
        }
        let stats = SCRATCH.with_borrow_mut(|scratch| robust_stats(state, scratch));
        write_stats(out, row, stats)
    }
}

fn write_stats(out: &mut Out<'_>, row: usize, stats: Option<RobustStats>) -> Result<(), Error> {
    let Some(stats) = stats else {
        out.set_null(row);
        return Ok(());
    };
    out.field(0).set_bigint(row, Some(stats.n as i64))?;
    out.field(1).set_double(row, Some(stats.median))?;
    out.field(2).set_double(row, Some(stats.mad))?;
    out.field(3).set_double(row, Some(stats.aad))
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
    zero_mad: crate::ffi::Texts<'a>,
}

impl<'a> OptionColumns<'a> {
    fn new(args: &Args<'a>) -> Result<Option<Self>, Error> {
        if args.columns() == 2 {
            return Ok(None);
        }
        Ok(Some(Self { scale: args.doubles(2)?, clip: args.doubles(3)?, zero_mad: args.texts(4)? }))
    }

    fn get(&self, row: usize) -> Result<ZScoreOptions, Error> {
        let scale = self.scale.get(row).unwrap_or(1.0);
        if scale.is_nan() || scale <= 0.0 {
            return Err(Error::argument(format!("scale is {scale}; give a number above 0")));
        }
        let clip = self.clip.get(row);
        if clip.is_some_and(|clip| clip.is_nan() || clip < 0.0) {
            return Err(Error::argument(
                "clip is negative or NaN; give a bound of 0 or more, or NULL",
            ));
        }
        let zero_mad = match self.zero_mad.get(row)? {
            None | Some("mean_deviation") => ZeroMad::MeanDeviation,
            Some("epsilon") => ZeroMad::Epsilon,
            Some(other) => {
                return Err(Error::argument(format!(
                    "zero_mad is '{other}'; give 'mean_deviation' or 'epsilon'"
                )));
            }
        };
        Ok(ZScoreOptions { scale, clip, zero_mad })
    }
}
