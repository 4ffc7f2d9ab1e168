//! A feature of one group of rows: an aggregate and a list form of each.

use super::{AggregateEntry, LIST, ListColumn, count, number, same_length};
use crate::core::features::{Ends, Line, Moments, bsr_reciprocal};
use crate::ffi::{Aggregate, Arg, Args, Doubles, Error, Lists, Nulls, Out, Scalar, Type, Values};
use std::marker::PhantomData;

const X: Arg = ("x", Type::Double);
const XS: Arg = ("xs", LIST);
const MIN_COUNT: Arg = ("min_count", Type::BigInt);
const Y: Arg = ("y", Type::Double);
const YS: Arg = ("ys", LIST);
const BSR: Arg = ("bsr", Type::Double);
const BSRS: Arg = ("bsrs", LIST);
const PRICE: Arg = ("price", Type::Double);
const PRICES: Arg = ("prices", LIST);
const REVIEWS: Arg = ("reviews_count", Type::Double);
const REVIEW_COUNTS: Arg = ("reviews_counts", LIST);
const SPAN: Arg = ("span", Type::BigInt);

pub(super) static SCALARS: &[Scalar] = &[
    list_form::<TrendSlope>("list_trend_slope", &[YS], "list_trend_slope([3, 1, 4, 1, 5, 9, 2])"),
    list_form::<TrendSlope>(
        "list_trend_slope",
        &[YS, XS],
        "list_trend_slope([3, 1, 4], [1, 2, 5])",
    ),
    list_form::<TrendSlope>(
        "list_trend_slope",
        &[YS, XS, MIN_COUNT],
        "list_trend_slope([3, 1, 4], [1, 2, 5], 2)",
    ),
    list_form::<BsrTrend>("list_bsr_trend", &[BSRS], "list_bsr_trend([1, 2, 3, 4, 5])"),
    list_form::<BsrTrend>("list_bsr_trend", &[BSRS, XS], "list_bsr_trend([9, 8, 6], [1, 2, 5])"),
    list_form::<BsrTrend>(
        "list_bsr_trend",
        &[BSRS, XS, MIN_COUNT],
        "list_bsr_trend([9, 8, 6], [1, 2, 5], 2)",
    ),
    list_form::<PriceVolatility>(
        "list_price_volatility",
        &[PRICES],
        "list_price_volatility([10, 11, null, 12])",
    ),
    list_form::<PriceVolatility>(
        "list_price_volatility",
        &[PRICES, MIN_COUNT],
        "list_price_volatility([10, 11, null, 12], 3)",
    ),
    list_form::<ReviewVelocity>(
        "list_review_velocity",
        &[REVIEW_COUNTS],
        "list_review_velocity([100, 103, 110])",
    ),
    list_form::<ReviewVelocity>(
        "list_review_velocity",
        &[REVIEW_COUNTS, XS],
        "list_review_velocity([100, 103, 110], [1, 2, 5])",
    ),
    list_form::<ReviewVelocity>(
        "list_review_velocity",
        &[REVIEW_COUNTS, XS, SPAN],
        "list_review_velocity([100, 103, 110], [1, 2, 5], 4)",
    ),
];

const fn list_form<F: Feature>(
    name: &'static str,
    args: &'static [Arg],
    example: &'static str,
) -> Scalar {
    let (returns, nulls) = (Type::Double, Nulls::Passed);
    Scalar { name, args, returns, nulls, eval: list::<F>, help: F::HELP, example }
}

pub(super) static AGGREGATES: &[AggregateEntry] = &[
    AggregateEntry::of::<Over<TrendSlope>>(),
    AggregateEntry::of::<Over<BsrTrend>>(),
    AggregateEntry::of::<Over<PriceVolatility>>(),
    AggregateEntry::of::<Over<ReviewVelocity>>(),
];

/// A feature of a group of rows, each a value and, for most, its place x. The last argument of the
/// longest form is a setting.
trait Feature: 'static {
    const NAME: &'static str;
    /// The arguments of the aggregate, the setting last.
    const ARGS: &'static [Arg];
    /// Those without the setting.
    const COLUMNS: &'static [Arg];
    const OVERLOADS: &'static [&'static [Arg]] = &[Self::COLUMNS, Self::ARGS];
    const HELP: &'static str;
    const EXAMPLE: &'static str;
    /// What rows amount to.
    type Part: Copy + Default + Send + Sync;

    fn part(value: f64, x: f64) -> Self::Part;
    fn merge(older: Self::Part, newer: Self::Part) -> Self::Part;
    /// NaN where the feature is missing.
    fn result(part: &Self::Part, setting: Option<usize>) -> f64;
}

struct TrendSlope;

impl Feature for TrendSlope {
    const NAME: &'static str = "trend_slope";
    const ARGS: &'static [Arg] = &[Y, X, MIN_COUNT];
    const COLUMNS: &'static [Arg] = &[Y, X];
    const HELP: &'static str = "The least-squares slope of y over x (in lists: 0, 1, …); NULL where a y or x is missing \
        and for fewer rows than min_count; a date's x is dt - date '1970-01-01'";
    const EXAMPLE: &'static str = "trend_slope(y, x) from (values (3, 1), (1, 2), (4, 3)) t(y, x)";
    type Part = Line;

    fn part(y: f64, x: f64) -> Line {
        Line::of(x, y)
    }

    fn merge(older: Line, newer: Line) -> Line {
        older.merge(newer)
    }

    fn result(line: &Line, min_count: Option<usize>) -> f64 {
        line.slope(min_count.unwrap_or_default())
    }
}

struct BsrTrend;

impl Feature for BsrTrend {
    const NAME: &'static str = "bsr_trend";
    const ARGS: &'static [Arg] = &[BSR, X, MIN_COUNT];
    const COLUMNS: &'static [Arg] = &[BSR, X];
    const HELP: &'static str =
        "trend_slope of 1 / rank: rising when a best-sellers rank improves; a rank of 0 is missing";
    const EXAMPLE: &'static str =
        "bsr_trend(bsr, x, 2) from (values (900, 1), (800, 2), (750, 3)) t(bsr, x)";
    type Part = Line;

    fn part(bsr: f64, x: f64) -> Line {
        Line::of(x, bsr_reciprocal(bsr))
    }

    fn merge(older: Line, newer: Line) -> Line {
        older.merge(newer)
    }

    fn result(line: &Line, min_count: Option<usize>) -> f64 {
        line.slope(min_count.unwrap_or_default())
    }
}

struct PriceVolatility;

impl Feature for PriceVolatility {
    const NAME: &'static str = "price_volatility";
    const ARGS: &'static [Arg] = &[PRICE, MIN_COUNT];
    const COLUMNS: &'static [Arg] = &[PRICE];
    const HELP: &'static str = "Sample standard deviation / mean of the prices present; NULL for fewer than min_count or than 2";
    const EXAMPLE: &'static str =
        "price_volatility(price, 2) from (values (10), (11), (12)) t(price)";
    type Part = Moments;

    fn part(price: f64, _: f64) -> Moments {
        Moments::of(price)
    }

    fn merge(older: Moments, newer: Moments) -> Moments {
        older.merge(newer)
    }

    fn result(moments: &Moments, min_count: Option<usize>) -> f64 {
        moments.volatility(min_count.unwrap_or_default())
    }
}

struct ReviewVelocity;

impl Feature for ReviewVelocity {
    const NAME: &'static str = "review_velocity";
    const ARGS: &'static [Arg] = &[REVIEWS, X, SPAN];
    const COLUMNS: &'static [Arg] = &[REVIEWS, X];
    const HELP: &'static str = "The count at the greatest x minus that at the least (in lists, x is 0, 1, …); NULL where one \
        is missing and where they are not exactly span apart";
    const EXAMPLE: &'static str =
        "review_velocity(reviews, x, 14) from (values (100, 1), (142, 15)) t(reviews, x)";
    type Part = Ends;

    fn part(reviews: f64, x: f64) -> Ends {
        Ends::of(x, reviews)
    }

    fn merge(older: Ends, newer: Ends) -> Ends {
        older.merge(newer)
    }

    fn result(ends: &Ends, span: Option<usize>) -> f64 {
        ends.difference(span.map(|span| span as f64))
    }
}

/// The aggregate form of a feature.
struct Over<F>(PhantomData<F>);

/// What a group has gathered.
#[derive(Default)]
struct Group<P> {
    part: P,
    /// The setting of its rows; `None` before the first.
    setting: Option<Option<usize>>,
}

struct Columns<'a> {
    values: Doubles<'a>,
    xs: Option<Doubles<'a>>,
    settings: Settings<'a>,
}

/// The setting of each row: a minimum count or a span, NULL for none.
struct Settings<'a> {
    name: &'static str,
    column: Option<Values<'a, i64>>,
}

impl<'a> Settings<'a> {
    /// Of the functions of `F`, whose longest form has as many arguments as the aggregate.
    fn new<F: Feature>(args: &Args<'a>) -> Result<Self, Error> {
        let last = F::ARGS.len() - 1;
        let column = if args.columns() > last { Some(args.bigints(last)?) } else { None };
        Ok(Self { name: F::ARGS[last].0, column })
    }

    fn get(&self, row: usize) -> Result<Option<usize>, Error> {
        let value = self.column.as_ref().and_then(|column| column.get(row));
        value.map(|value| count(self.name, value, 0)).transpose()
    }
}

impl<F: Feature> Over<F> {
    /// All rows of a group have one setting.
    fn agree(state: &mut Group<F::Part>, setting: Option<usize>) -> Result<(), Error> {
        if *state.setting.get_or_insert(setting) == setting {
            return Ok(());
        }
        let name = F::ARGS[F::ARGS.len() - 1].0;
        Err(Error::argument(format!("{name} changes within a group; give one")))
    }
}

impl<F: Feature> Aggregate for Over<F> {
    const NAME: &'static str = F::NAME;
    const OVERLOADS: &'static [&'static [Arg]] = F::OVERLOADS;
    const RETURNS: Type = Type::Double;
    const HELP: &'static str = F::HELP;
    const EXAMPLE: &'static str = F::EXAMPLE;
    type State = Group<F::Part>;
    type Columns<'a> = Columns<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Columns<'a>, Error> {
        let has_x = F::COLUMNS.len() > 1;
        Ok(Columns {
            values: args.doubles(0)?,
            xs: if has_x { Some(args.doubles(1)?) } else { None },
            settings: Settings::new::<F>(args)?,
        })
    }

    fn update(state: &mut Group<F::Part>, columns: &Columns<'_>, row: usize) -> Result<(), Error> {
        Self::agree(state, columns.settings.get(row)?)?;
        let x = columns.xs.as_ref().map_or(0.0, |xs| number(xs.get(row)));
        state.part = F::merge(state.part, F::part(number(columns.values.get(row)), x));
        Ok(())
    }

    fn combine(target: &mut Group<F::Part>, source: &Group<F::Part>) -> Result<(), Error> {
        if let Some(setting) = source.setting {
            Self::agree(target, setting)?;
            target.part = F::merge(target.part, source.part);
        }
        Ok(())
    }

    fn gathered(state: &Group<F::Part>) -> *const u8 {
        std::ptr::from_ref(state).cast()
    }

    type Measured = f64;

    fn measure(state: &Group<F::Part>) -> f64 {
        F::result(&state.part, state.setting.flatten())
    }

    fn write(_: &Group<F::Part>, value: f64, out: &mut Out<'_>, row: usize) -> Result<(), Error> {
        out.set_double(row, Some(value).filter(|value| !value.is_nan()))
    }
}

/// The list form of a feature; without a list of x, they count from 0. NULL for a NULL list.
fn list<F: Feature>(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let values = ListColumn::new(args.lists(0)?, Lists::doubles)?;
    let has_x = F::COLUMNS.len() > 1 && args.columns() > 1;
    let xs = if has_x { Some(ListColumn::new(args.lists(1)?, Lists::doubles)?) } else { None };
    let settings = Settings::new::<F>(args)?;
    let (mut series, mut places) = (Vec::new(), Vec::new());
    for row in 0..args.len() {
        let mut present = values.read(row, &mut series).is_some();
        match &xs {
            Some(xs) => present &= xs.read(row, &mut places).is_some(),
            None => {
                places.clear();
                places.extend((0..series.len()).map(|at| at as f64));
            }
        }
        if !present {
            out.set_null(row);
            continue;
        }
        same_length(("the list", series.len()), ("xs", places.len()))?;
        let parts = series.iter().zip(&places).map(|(value, x)| F::part(*value, *x));
        let value = F::result(&parts.fold(F::Part::default(), F::merge), settings.get(row)?);
        out.set_double(row, Some(value).filter(|value| !value.is_nan()))?;
    }
    Ok(())
}
