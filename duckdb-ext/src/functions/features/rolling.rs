//! From list to list: a feature of the window that ends at each element.

use super::{DATES, LIST, ListColumn, count, same_length};
use crate::core::features::{
    Frame, rolling_bsr_trend, rolling_difference, rolling_mean, rolling_trend, rolling_volatility,
};
use crate::ffi::{Arg, Args, Error, Lists, Nulls, Out, Scalar, Type};
use std::num::NonZeroUsize;

const VALUES: Arg = ("list", LIST);
const DAYS: Arg = ("dates", DATES);
const MIN_COUNT: Arg = ("min_count", Type::BigInt);
const LAG: Arg = ("lag", Type::BigInt);

const ROWS: &[Arg] = &[VALUES, ("rows", Type::BigInt), MIN_COUNT];
const CALENDAR: &[Arg] = &[VALUES, DAYS, ("days", Type::BigInt), MIN_COUNT];

pub(super) static SCALARS: &[Scalar] = &[
    entry::<Trend>(
        "rolling_trend",
        ROWS,
        "The least-squares slope over the last rows, per row; NULL where one is missing or rows are fewer than min_count",
        "rolling_trend([3, 1, 4, 1, 5, 9, 2], 3, 2)",
    ),
    entry::<Trend>(
        "rolling_trend",
        CALENDAR,
        "The same over the last days, per day; dates ascend",
        "rolling_trend([3, 1, 4], [date '2026-01-01', '2026-01-02', '2026-01-05'], 7, 2)",
    ),
    entry::<BsrTrend>(
        "rolling_bsr_trend",
        ROWS,
        "rolling_trend of 1 / rank: rising when a best-sellers rank improves; a rank of 0 is missing",
        "rolling_bsr_trend([1, 2, 3, 4, 5, 6, 7], 7, 5)",
    ),
    entry::<BsrTrend>(
        "rolling_bsr_trend",
        CALENDAR,
        "The same over the last days, per day; dates ascend",
        "rolling_bsr_trend([9, 8, 6], [date '2026-01-01', '2026-01-02', '2026-01-05'], 7, 2)",
    ),
    entry::<Volatility>(
        "rolling_volatility",
        ROWS,
        "Sample standard deviation / mean of the values present in the last rows; NULL for fewer than min_count",
        "rolling_volatility([10, 11, 12, 13, 14], 3, 2)",
    ),
    entry::<Volatility>(
        "rolling_volatility",
        CALENDAR,
        "The same over the last days; dates ascend",
        "rolling_volatility([9, 8, 6], [date '2026-01-01', '2026-01-02', '2026-01-05'], 7, 2)",
    ),
    entry::<Mean>(
        "rolling_mean",
        ROWS,
        "The mean of the values present in the last rows; NULL for fewer than min_count",
        "rolling_mean([4, 4.1, null, 4.3], 3, 2)",
    ),
    entry::<Mean>(
        "rolling_mean",
        CALENDAR,
        "The same over the last days; dates ascend",
        "rolling_mean([9, 8, 6], [date '2026-01-01', '2026-01-02', '2026-01-05'], 7, 2)",
    ),
    Scalar {
        name: "rolling_difference",
        args: &[VALUES, LAG],
        returns: LIST,
        nulls: Nulls::Propagate,
        eval: difference,
        help: "Each element minus the one lag rows earlier; NULL where there is none",
        example: "rolling_difference([100, 103, 101, 110], 2)",
    },
    Scalar {
        name: "rolling_difference",
        args: &[VALUES, DAYS, LAG],
        returns: LIST,
        nulls: Nulls::Propagate,
        eval: difference,
        help: "Each element minus the one of exactly lag days earlier; dates ascend",
        example: "rolling_difference([9, 8, 6], [date '2026-01-01', '2026-01-02', '2026-01-05'], 3)",
    },
];

const fn entry<R: Rolling>(
    name: &'static str,
    args: &'static [Arg],
    help: &'static str,
    example: &'static str,
) -> Scalar {
    let (returns, nulls) = (LIST, Nulls::Propagate);
    Scalar { name, args, returns, nulls, eval: rolling::<R>, help, example }
}

/// A feature over windows.
trait Rolling: 'static {
    /// Appends the feature of each value's window to `out`, NaN where it is missing.
    fn roll(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>);
}

struct Trend;

impl Rolling for Trend {
    fn roll(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
        rolling_trend(values, frame, minimum, out);
    }
}

struct BsrTrend;

impl Rolling for BsrTrend {
    fn roll(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
        rolling_bsr_trend(values, frame, minimum, out);
    }
}

struct Volatility;

impl Rolling for Volatility {
    fn roll(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
        rolling_volatility(values, frame, minimum, out);
    }
}

struct Mean;

impl Rolling for Mean {
    fn roll(values: &[f64], frame: Frame<'_>, minimum: usize, out: &mut Vec<f64>) {
        rolling_mean(values, frame, minimum, out);
    }
}

/// `rolling_…(list [, dates], window, min_count)`.
fn rolling<R: Rolling>(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let columns = args.columns();
    let dated = columns == CALENDAR.len();
    let (windows, minimums) = (args.bigints(columns - 2)?, args.bigints(columns - 1)?);
    let options = |row: usize| {
        let Some((window, minimum)) = windows.get(row).zip(minimums.get(row)) else {
            return Ok(None);
        };
        let window = count(if dated { "days" } else { "rows" }, window, 1)?;
        let minimum = count("min_count", minimum, 0)?;
        Ok(NonZeroUsize::new(window).map(|window| (window, minimum)))
    };
    each_series(args, out, dated, options, |series, (span, minimum), rolled| {
        let frame = series.days().map_or(Frame::Rows(span), |days| Frame::Days { days, span });
        R::roll(&series.values, frame, minimum, rolled);
    })
}

/// `rolling_difference(list [, dates], lag)`.
fn difference(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let lags = args.bigints(args.columns() - 1)?;
    let lag = |row: usize| lags.get(row).map(|lag| count("lag", lag, 0)).transpose();
    each_series(args, out, args.columns() == 3, lag, |series, lag, rolled| {
        rolling_difference(&series.values, series.days(), lag, rolled);
    })
}

/// Calls `roll` for each row whose arguments are all there; it appends as many values as the row's
/// list has. Other rows are NULL.
fn each_series<O>(
    args: &Args<'_>,
    out: &mut Out<'_>,
    dated: bool,
    options: impl Fn(usize) -> Result<Option<O>, Error>,
    roll: impl Fn(&Series, O, &mut Vec<f64>),
) -> Result<(), Error> {
    let values = ListColumn::new(args.lists(0)?, Lists::doubles)?;
    let dates = if dated { Some(ListColumn::new(args.lists(1)?, Lists::dates)?) } else { None };
    let (mut series, mut rolled) = (Series { dated, ..Series::default() }, Vec::new());
    for row in 0..args.len() {
        let options = options(row)?;
        let mut present = values.read(row, &mut series.values).is_some();
        if let Some(dates) = &dates {
            let days = dates.get(row);
            present &= days.is_some();
            series.days.clear();
            series.days.extend(days.into_iter().flatten());
        }
        let (true, Some(options)) = (present, options) else {
            out.set_null(row);
            continue;
        };
        series.check()?;
        rolled.clear();
        roll(&series, options, &mut rolled);
        out.append_list(row, rolled.len())?.set_doubles(&rolled)?;
    }
    Ok(())
}

/// One list of values, and of their dates where there are any.
#[derive(Default)]
struct Series {
    values: Vec<f64>,
    dated: bool,
    days: Vec<Option<i32>>,
}

impl Series {
    fn days(&self) -> Option<&[Option<i32>]> {
        self.dated.then_some(&self.days)
    }

    /// Refuses dates that do not fit the values, or are not in order.
    fn check(&self) -> Result<(), Error> {
        let Some(days) = self.days() else { return Ok(()) };
        same_length(("list", self.values.len()), ("dates", days.len()))?;
        if days.is_sorted_by_key(|day| (day.is_none(), *day)) {
            return Ok(());
        }
        Err(Error::argument("dates do not ascend; make both lists with `list(… order by dt)`"))
    }
}
