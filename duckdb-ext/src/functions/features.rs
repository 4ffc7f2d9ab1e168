//! Features of daily series in SQL.
//!
//! * `group`: a feature of one group of rows: an aggregate, also as a window, and a list form;
//! * `rolling`: a feature of each row's window, from list to list;
//! * `asin`: every feature of a product's series at once;
//! * `listing`: the quality of a listing.

mod asin;
mod group;
mod listing;
mod rolling;

use super::AggregateEntry;
use crate::ffi::{Error, Lists, Scalar, Type, Values};

const LIST: Type = Type::List(&Type::Double);
const DATES: Type = Type::List(&Type::Date);

pub(super) fn scalars() -> impl Iterator<Item = &'static Scalar> {
    group::SCALARS.iter().chain(rolling::SCALARS).chain(asin::SCALARS).chain(listing::SCALARS)
}

pub(super) fn aggregates() -> impl Iterator<Item = &'static AggregateEntry> {
    group::AGGREGATES.iter().chain(asin::AGGREGATES)
}

/// An argument that is a list in each row.
struct ListColumn<'a, T> {
    lists: Lists<'a>,
    elements: Values<'a, T>,
}

impl<'a, T: Copy> ListColumn<'a, T> {
    fn new(
        lists: Lists<'a>,
        elements: fn(&Lists<'a>) -> Result<Values<'a, T>, Error>,
    ) -> Result<Self, Error> {
        let elements = elements(&lists)?;
        Ok(Self { lists, elements })
    }

    /// The elements of the list of `row`; `None` for a NULL list.
    fn get(&self, row: usize) -> Option<impl ExactSizeIterator<Item = Option<T>>> {
        Some(self.lists.get(row)?.map(|at| self.elements.get(at)))
    }
}

impl ListColumn<'_, f64> {
    /// Puts the list of `row` into `target`, NaN for NULL; `None` for a NULL list.
    fn read(&self, row: usize, target: &mut Vec<f64>) -> Option<()> {
        target.clear();
        target.extend(self.get(row)?.map(number));
        Some(())
    }
}

/// A number as the core takes it: NaN for NULL.
fn number(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

/// Refuses lists that belong together and are not of one length.
fn same_length(first: (&str, usize), second: (&str, usize)) -> Result<(), Error> {
    let ((one, ones), (other, others)) = (first, second);
    if ones == others {
        return Ok(());
    }
    let problem =
        format!("{one} has {ones} elements and {other} {others}; give lists of one length");
    Err(Error::argument(problem))
}

/// A number that counts something.
fn count(name: &str, value: i64, least: usize) -> Result<usize, Error> {
    let count = usize::try_from(value).ok().filter(|count| *count >= least);
    count.ok_or_else(|| Error::argument(format!("{name} is {value}; give a number from {least}")))
}
