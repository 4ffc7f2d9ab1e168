//! The arguments of the model functions.

use crate::core::lightgbm::{Kind, Model};
use crate::ffi::{Args, Doubles, Error, Lists, Texts, Values};
use std::ops::Range;

/// Where a call has its features.
pub(super) trait Features {
    /// How many features `row` has; `None` where there is no list at all.
    fn count(&self, row: usize) -> Option<usize>;
    /// One of them; NaN for NULL.
    fn get(&self, row: usize, feature: usize) -> f64;
}

/// Features in a list.
pub(super) struct List<'a> {
    lists: Lists<'a>,
    values: Doubles<'a>,
}

impl<'a> List<'a> {
    pub(super) fn new(args: &Args<'a>) -> Result<Self, Error> {
        let lists = args.lists(1)?;
        let values = lists.doubles()?;
        Ok(Self { lists, values })
    }
}

impl Features for List<'_> {
    fn count(&self, row: usize) -> Option<usize> {
        self.lists.get(row).map(|list| list.len())
    }

    fn get(&self, row: usize, feature: usize) -> f64 {
        let list = self.lists.get(row).unwrap_or_default();
        self.values.get(list.start + feature).unwrap_or(f64::NAN)
    }
}

/// Features as arguments behind the model.
pub(super) struct Columns<'a>(Vec<Doubles<'a>>);

impl<'a> Columns<'a> {
    pub(super) fn new(args: &Args<'a>) -> Result<Self, Error> {
        (1..args.columns()).map(|column| args.doubles(column)).collect::<Result<_, _>>().map(Self)
    }
}

impl Features for Columns<'_> {
    fn count(&self, _: usize) -> Option<usize> {
        Some(self.0.len())
    }

    fn get(&self, row: usize, feature: usize) -> f64 {
        self.0[feature].get(row).unwrap_or(f64::NAN)
    }
}

/// The arguments behind a list of features.
#[derive(Default)]
pub(super) struct Options<'a> {
    kind: Option<Texts<'a>>,
    start: Option<Values<'a, i64>>,
    iterations: Option<Values<'a, i64>>,
}

/// What to predict.
#[derive(Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) kind: Kind,
    pub(super) iterations: Range<usize>,
}

impl<'a> Options<'a> {
    pub(super) fn new(args: &Args<'a>) -> Result<Self, Error> {
        let has = |column: usize| args.columns() > column;
        Ok(Self {
            kind: has(2).then(|| args.texts(2)).transpose()?,
            start: has(3).then(|| args.bigints(3)).transpose()?,
            iterations: has(4).then(|| args.bigints(4)).transpose()?,
        })
    }

    /// What `row` asks of a model; NULL is the default.
    pub(super) fn get(&self, row: usize, model: &Model) -> Result<Wanted, Error> {
        let kind = match self.kind.as_ref().map_or(Ok(None), |kind| kind.get(row))? {
            None | Some("value") => Kind::Value,
            Some("raw") => Kind::Raw,
            Some(other) => {
                return Err(Error::argument(format!("kind is '{other}'; give 'value' or 'raw'")));
            }
        };
        let number = |column: &Option<Values<'a, i64>>| column.as_ref()?.get(row);
        let first = number(&self.start).unwrap_or(0);
        let start = usize::try_from(first).unwrap_or(usize::MAX);
        if start >= model.iterations() {
            let last = model.iterations() - 1;
            let problem = format!("start is {first}; give a number from 0 to {last}");
            return Err(Error::argument(problem));
        }
        let end = match number(&self.iterations) {
            None => usize::MAX,
            Some(count) if count > 0 => start.saturating_add(count as usize),
            Some(count) => {
                let problem =
                    format!("iterations is {count}; give a number from 1, or NULL for all");
                return Err(Error::argument(problem));
            }
        };
        Ok(Wanted { kind, iterations: start..end })
    }
}
