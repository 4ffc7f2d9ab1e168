//! A column of numbers with names: a STRUCT of numbers, or a MAP from VARCHAR to numbers.

use super::error::Error;
use super::input::{Texts, Validity, Values, Vector};
use super::numbers::Numbers;
use libduckdb_sys as duckdb;
use std::ops::Range;

/// Numbers with names, one set per row.
pub(crate) struct Named<'a> {
    argument: &'static str,
    validity: Validity<'a>,
    rows: usize,
    form: Form<'a>,
}

enum Form<'a> {
    /// Names are those of the fields, the same in each row. A field that holds no numbers is an
    /// error only where it is read.
    Struct { names: Vec<String>, fields: Vec<Option<Numbers<'a>>> },
    /// Entries are ranges of two columns, of all maps together.
    Map { entries: Values<'a, duckdb::duckdb_list_entry>, names: Texts<'a>, numbers: Numbers<'a> },
    /// A column of the type of a bare NULL.
    Null,
}

impl<'a> Named<'a> {
    /// Reads the layout, once for a column; `argument` names it in errors.
    pub(super) fn new(vector: Vector<'a>, argument: &'static str) -> Result<Self, Error> {
        let logical = vector.logical();
        let problem = |text: &str| Error::argument(format!("{argument} {text}"));
        let form = match logical.id() {
            duckdb::DUCKDB_TYPE_DUCKDB_TYPE_STRUCT => {
                let names: Vec<String> =
                    (0..logical.field_count()).map(|field| logical.field_name(field)).collect();
                if names.iter().any(String::is_empty) {
                    return Err(problem("has fields without a name; write {'name': number, …}"));
                }
                let fields = (0..names.len()).map(|field| Numbers::new(vector.field(field)));
                Form::Struct { fields: fields.collect::<Result<_, _>>()?, names }
            }
            duckdb::DUCKDB_TYPE_DUCKDB_TYPE_MAP => {
                // SAFETY: a map is stored as a list of its entries.
                let entries = unsafe { vector.values_as()? };
                let pairs = vector.elements();
                let names = pairs.field(0).texts().map_err(|error| match error {
                    Error::VectorType { .. } => problem("has keys other than VARCHAR; cast them"),
                    other => other,
                })?;
                let numbers = Numbers::new(pairs.field(1))?
                    .ok_or_else(|| problem("holds no numbers; cast them to DOUBLE"))?;
                Form::Map { entries, names, numbers }
            }
            duckdb::DUCKDB_TYPE_DUCKDB_TYPE_SQLNULL => Form::Null,
            _ => {
                let remedy = "has no names; give a struct {'name': number, …} or such a map";
                return Err(problem(remedy));
            }
        };
        Ok(Self { argument, validity: vector.validity()?, rows: vector.rows(), form })
    }

    /// The places of the entries of `row`, to be asked for by [`Named::name`] and
    /// [`Named::number`]; `None` for NULL.
    pub(crate) fn entries(&self, row: usize) -> Option<Range<usize>> {
        if row >= self.rows || !self.validity.is_valid(row) {
            return None;
        }
        match &self.form {
            Form::Struct { names, .. } => Some(0..names.len()),
            Form::Map { entries, .. } => {
                let entry = entries.get(row)?;
                Some(entry.offset as usize..(entry.offset + entry.length) as usize)
            }
            Form::Null => None,
        }
    }

    /// The name at a place.
    pub(crate) fn name(&self, place: usize) -> Result<&str, Error> {
        match &self.form {
            Form::Struct { names, .. } => Ok(names.get(place).map_or("", String::as_str)),
            Form::Map { names, .. } => Ok(names.get(place)?.unwrap_or_default()),
            Form::Null => Ok(""),
        }
    }

    /// The number at a place of `row`; `None` for NULL.
    pub(crate) fn number(&self, row: usize, place: usize) -> Result<Option<f64>, Error> {
        match &self.form {
            Form::Struct { names, fields } => match fields.get(place) {
                Some(Some(numbers)) => Ok(numbers.get(row)),
                _ => Err(Error::argument(format!(
                    "{}['{}'] is no number; cast it to DOUBLE",
                    self.argument,
                    names.get(place).map_or("", String::as_str)
                ))),
            },
            Form::Map { numbers, .. } => Ok(numbers.get(place)),
            Form::Null => Ok(None),
        }
    }
}
