//! Every feature of a product's daily series in one call: an aggregate and a list form.

use super::super::gathered::Gathered;
use super::{AggregateEntry, DATES, LIST, ListColumn, number, same_length};
use crate::core::features::{AsinDay, AsinFeatures, FEATURES, WindowMode};
use crate::ffi::{
    Aggregate, Arg, Args, Dates, Doubles, Error, Lists, Nulls, Out, Scalar, Texts, Type, Values,
};
use std::cell::RefCell;

const DT: Arg = ("dt", Type::Date);
const BSR: Arg = ("bsr", Type::Double);
const PRICE: Arg = ("price", Type::Double);
const RATING: Arg = ("rating", Type::Double);
const REVIEWS: Arg = ("reviews_count", Type::Double);
const SALES: Arg = ("est_sales", Type::Double);
const LISTING: Arg = ("listing_quality", Type::Double);
const LISTING_MISSING: Arg = ("listing_missing", Type::BigInt);
const MODE: Arg = ("window_mode", Type::Varchar);

const DTS: Arg = ("dts", DATES);
const BSRS: Arg = ("bsrs", LIST);
const PRICES: Arg = ("prices", LIST);
const RATINGS: Arg = ("ratings", LIST);
const REVIEW_COUNTS: Arg = ("reviews_counts", LIST);
const SALES_LIST: Arg = ("est_sales", LIST);
const LISTINGS: Arg = ("listing_qualities", LIST);
const LISTINGS_MISSING: Arg = ("listing_missings", Type::List(&Type::BigInt));

const NUMBERS: [Arg; 5] = [BSRS, PRICES, RATINGS, REVIEW_COUNTS, SALES_LIST];

/// How many arguments come before those of the listing, and before the mode that may follow.
const SERIES: usize = 6;
const SERIES_AND_LISTING: usize = SERIES + 2;

/// One element per row, in order of the days.
const RESULT: Type = Type::List(&Type::Struct(&FIELDS));

const FIELDS: [Arg; FEATURES.len() + 2] = {
    let mut fields = [DT; FEATURES.len() + 2];
    let mut at = 0;
    while at < FEATURES.len() {
        fields[at + 1] = (FEATURES[at], Type::Double);
        at += 1;
    }
    fields[at + 1] = LISTING_MISSING;
    fields
};

const HELP: &str = "The rolling features of a product's daily rows, a list of structs in order of dt: unnest(…, recursive := true); \
    window_mode is 'rows' (NULL) or 'calendar'; listing_quality and listing_missing go along with their rows";

pub(super) static SCALARS: &[Scalar] = &[
    list_form(
        &[DTS, BSRS, PRICES, RATINGS, REVIEW_COUNTS, SALES_LIST],
        "list_asin_features([date '2026-01-01'], [900], [19.9], [4.5], [100], [5])",
    ),
    list_form(
        &[DTS, BSRS, PRICES, RATINGS, REVIEW_COUNTS, SALES_LIST, MODE],
        "list_asin_features([date '2026-01-01'], [900], [19.9], [4.5], [100], [5], 'calendar')",
    ),
    list_form(
        &[DTS, BSRS, PRICES, RATINGS, REVIEW_COUNTS, SALES_LIST, LISTINGS, LISTINGS_MISSING],
        "list_asin_features([date '2026-01-01'], [900], [19.9], [4.5], [100], [5], [0.8], [1])",
    ),
    list_form(
        &[DTS, BSRS, PRICES, RATINGS, REVIEW_COUNTS, SALES_LIST, LISTINGS, LISTINGS_MISSING, MODE],
        "list_asin_features([date '2026-01-01'], [900], [19.9], [4.5], [100], [5], [0.8], [1], 'rows')",
    ),
];

const fn list_form(args: &'static [Arg], example: &'static str) -> Scalar {
    let (name, returns, nulls) = ("list_asin_features", RESULT, Nulls::Passed);
    Scalar { name, args, returns, nulls, eval: list, help: HELP, example }
}

pub(super) static AGGREGATES: &[AggregateEntry] = &[AggregateEntry::of::<AsinFeaturesAggregate>()];

struct AsinFeaturesAggregate;

/// The rows of a series, as they come.
#[derive(Default)]
struct Series {
    rows: Gathered<[Row; 1]>,
    /// One for each row, where they are given.
    listings: Gathered<[Listing; 1]>,
    mode: Option<WindowMode>,
}

/// What a row is without its listing, which most callers do not have.
#[derive(Clone, Copy)]
struct Row {
    day: Option<i32>,
    /// Rank, price, rating, reviews and sales.
    numbers: [f64; 5],
}

/// A listing's quality, and how many inputs of it are missing.
#[derive(Clone, Copy)]
struct Listing {
    quality: f64,
    missing: Option<i32>,
}

impl Listing {
    const UNKNOWN: Self = Self { quality: f64::NAN, missing: None };

    fn new(quality: Option<f64>, missing: Option<i64>) -> Result<Self, Error> {
        let missing = missing.map(i32::try_from).transpose().map_err(|_| {
            Error::argument("listing_missing is no count; give that of listing_quality_missing")
        })?;
        Ok(Self { quality: number(quality), missing })
    }
}

impl Series {
    /// All rows of a series have one mode.
    fn agree(&mut self, mode: WindowMode) -> Result<(), Error> {
        if *self.mode.get_or_insert(mode) == mode {
            return Ok(());
        }
        Err(Error::argument("window_mode changes within a group; give one"))
    }

    fn days(&self) -> impl Iterator<Item = AsinDay> {
        let listings = self.listings.pieces().flatten().copied();
        let listings = listings.chain(std::iter::repeat(Listing::UNKNOWN));
        self.rows.pieces().flatten().zip(listings).map(|(row, listing)| day(row, listing))
    }
}

fn day(row: &Row, listing: Listing) -> AsinDay {
    let [bsr, price, rating, reviews_count, est_sales] = row.numbers;
    AsinDay {
        day: row.day,
        bsr,
        price,
        rating,
        reviews_count,
        est_sales,
        listing_quality: listing.quality,
        listing_missing: listing.missing,
    }
}

/// Writes the features of a series as the list of `row`, in order of the days; rows of one day stay in
/// the order they came in, those without a day come last.
fn write(
    series: impl Iterator<Item = AsinDay>,
    mode: WindowMode,
    out: &mut Out<'_>,
    row: usize,
) -> Result<(), Error> {
    thread_local! {
        static WORKSPACE: RefCell<(Vec<AsinDay>, AsinFeatures)> = RefCell::default();
    }
    WORKSPACE.with_borrow_mut(|(days, features)| {
        days.clear();
        days.extend(series);
        days.sort_by_key(|row| (row.day.is_none(), row.day));
        let mut elements = out.append_list(row, days.len())?;
        elements.field(0).set_dates(days.iter().map(|row| row.day))?;
        let missing = days.iter().map(|row| row.listing_missing.map(i64::from));
        elements.field(FEATURES.len() + 1).set_bigints(missing)?;
        features.compute(days, mode, |at, values| elements.field(at + 1).set_doubles(values))
    })
}

impl Aggregate for AsinFeaturesAggregate {
    const NAME: &'static str = "asin_features";
    const OVERLOADS: &'static [&'static [Arg]] = &[
        &[DT, BSR, PRICE, RATING, REVIEWS, SALES],
        &[DT, BSR, PRICE, RATING, REVIEWS, SALES, MODE],
        &[DT, BSR, PRICE, RATING, REVIEWS, SALES, LISTING, LISTING_MISSING],
        &[DT, BSR, PRICE, RATING, REVIEWS, SALES, LISTING, LISTING_MISSING, MODE],
    ];
    const RETURNS: Type = RESULT;
    const HELP: &'static str = HELP;
    const EXAMPLE: &'static str = "unnest(asin_features(dt, bsr, 20 + bsr % 3, 4.5, 100, 5), recursive := true) \
        from (select date '2026-01-01' + i::int as dt, 900 - 20 * i as bsr from range(40) t(i))";
    type State = Series;
    type Columns<'a> = Columns<'a>;

    fn columns<'a>(args: &Args<'a>) -> Result<Columns<'a>, Error> {
        let listing = if args.columns() >= SERIES_AND_LISTING {
            Some((args.doubles(SERIES)?, args.bigints(SERIES + 1)?))
        } else {
            None
        };
        let column = |at| args.doubles(at);
        Ok(Columns {
            dates: args.dates(0)?,
            numbers: [column(1)?, column(2)?, column(3)?, column(4)?, column(5)?],
            listing,
            modes: Modes::new(args)?,
        })
    }

    fn update(state: &mut Series, columns: &Columns<'_>, row: usize) -> Result<(), Error> {
        state.agree(columns.modes.get(row)?)?;
        let day = columns.dates.get(row);
        let numbers = columns.numbers.each_ref().map(|column| number(column.get(row)));
        state.rows.push(Row { day, numbers });
        if let Some((quality, missing)) = &columns.listing {
            state.listings.push(Listing::new(quality.get(row), missing.get(row))?);
        }
        Ok(())
    }

    fn combine(target: &mut Series, source: &Series) -> Result<(), Error> {
        if let Some(mode) = source.mode {
            target.agree(mode)?;
            target.rows.append(&source.rows);
            target.listings.append(&source.listings);
        }
        Ok(())
    }

    fn gathered(state: &Series) -> *const u8 {
        state.rows.address()
    }

    fn elements(state: &Series) -> usize {
        state.rows.len()
    }

    type Measured = ();

    fn measure(_: &Series) {}

    /// NULL for no rows.
    fn write(state: &Series, (): (), out: &mut Out<'_>, row: usize) -> Result<(), Error> {
        match state.mode {
            Some(mode) => write(state.days(), mode, out, row),
            None => {
                out.set_null(row);
                Ok(())
            }
        }
    }
}

struct Columns<'a> {
    dates: Dates<'a>,
    numbers: [Doubles<'a>; 5],
    listing: Option<(Doubles<'a>, Values<'a, i64>)>,
    modes: Modes<'a>,
}

/// The mode of each row, where one is given.
struct Modes<'a>(Option<Texts<'a>>);

impl<'a> Modes<'a> {
    fn new(args: &Args<'a>) -> Result<Self, Error> {
        let last = args.columns() - 1;
        let given = last == SERIES || last == SERIES_AND_LISTING;
        Ok(Self(if given { Some(args.texts(last)?) } else { None }))
    }

    fn get(&self, row: usize) -> Result<WindowMode, Error> {
        match self.0.as_ref().map_or(Ok(None), |texts| texts.get(row))? {
            None | Some("rows") => Ok(WindowMode::Rows),
            Some("calendar") => Ok(WindowMode::Calendar),
            Some(other) => {
                let problem = format!("window_mode is '{other}'; give 'rows' or 'calendar'");
                Err(Error::argument(problem))
            }
        }
    }
}

/// `list_asin_features`: the columns of one series, in lists of one length. NULL where a list is.
fn list(args: &Args<'_>, out: &mut Out<'_>) -> Result<(), Error> {
    let columns = ListColumns::new(args)?;
    let modes = Modes::new(args)?;
    let mut days = Vec::new();
    for row in 0..args.len() {
        match columns.read(row, &mut days)? {
            Some(()) => write(days.drain(..), modes.get(row)?, out, row)?,
            None => out.set_null(row),
        }
    }
    Ok(())
}

/// The columns of many series.
struct ListColumns<'a> {
    dates: ListColumn<'a, i32>,
    numbers: [ListColumn<'a, f64>; 5],
    listing: Option<(ListColumn<'a, f64>, ListColumn<'a, i64>)>,
}

impl<'a> ListColumns<'a> {
    fn new(args: &Args<'a>) -> Result<Self, Error> {
        let column = |at| ListColumn::new(args.lists(at)?, Lists::doubles);
        let listing = if args.columns() >= SERIES_AND_LISTING {
            let missing = ListColumn::new(args.lists(SERIES + 1)?, Lists::bigints)?;
            Some((column(SERIES)?, missing))
        } else {
            None
        };
        Ok(Self {
            dates: ListColumn::new(args.lists(0)?, Lists::dates)?,
            numbers: [column(1)?, column(2)?, column(3)?, column(4)?, column(5)?],
            listing,
        })
    }

    /// Puts the rows of a series into `days`; `None` where one of the lists is NULL.
    fn read(&self, row: usize, days: &mut Vec<AsinDay>) -> Result<Option<()>, Error> {
        days.clear();
        let columns = self.numbers.each_ref().map(|column| column.get(row));
        let (Some(dates), [Some(bsrs), Some(prices), Some(ratings), Some(reviews), Some(sales)]) =
            (self.dates.get(row), columns)
        else {
            return Ok(None);
        };
        let mut columns = [bsrs, prices, ratings, reviews, sales];
        let mut listing = None;
        if let Some((qualities, missing)) = &self.listing {
            let (Some(qualities), Some(missing)) = (qualities.get(row), missing.get(row)) else {
                return Ok(None);
            };
            same_length((DTS.0, dates.len()), (LISTINGS.0, qualities.len()))?;
            same_length((DTS.0, dates.len()), (LISTINGS_MISSING.0, missing.len()))?;
            listing = Some((qualities, missing));
        }
        for ((name, _), column) in NUMBERS.iter().zip(&columns) {
            same_length((DTS.0, dates.len()), (name, column.len()))?;
        }
        for date in dates {
            let numbers = columns.each_mut().map(|column| number(column.next().flatten()));
            let listing = match &mut listing {
                None => Listing::UNKNOWN,
                Some((qualities, missing)) => {
                    Listing::new(qualities.next().flatten(), missing.next().flatten())?
                }
            };
            days.push(day(&Row { day: date, numbers }, listing));
        }
        Ok(Some(()))
    }
}
