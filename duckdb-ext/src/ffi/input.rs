//! The argument vectors of one call.

use super::error::Error;
use super::form::Form;
use super::named::Named;
use super::types::{LogicalType, Type};
use libduckdb_sys as duckdb;
use std::marker::PhantomData;
use std::ops::Range;

/// The arguments of one call: a chunk of rows, one vector per argument.
pub(crate) struct Args<'a> {
    chunk: duckdb::duckdb_data_chunk,
    rows: usize,
    columns: usize,
    call: PhantomData<&'a ()>,
}

impl<'a> Args<'a> {
    /// # Safety
    ///
    /// `chunk` must be live and unchanged for `'a`, and its vectors flat.
    pub(super) unsafe fn new(chunk: duckdb::duckdb_data_chunk) -> Self {
        // SAFETY: the chunk is live.
        let (rows, columns) = unsafe {
            (
                duckdb::duckdb_data_chunk_get_size(chunk),
                duckdb::duckdb_data_chunk_get_column_count(chunk),
            )
        };
        Self { chunk, rows: rows as usize, columns: columns as usize, call: PhantomData }
    }

    /// How many rows the call has.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// How many arguments the call has: overloads of one name share their code.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn doubles(&self, column: usize) -> Result<Doubles<'a>, Error> {
        self.vector(column)?.values(&Type::Double, "DOUBLE")
    }

    pub(crate) fn bigints(&self, column: usize) -> Result<Values<'a, i64>, Error> {
        self.vector(column)?.values(&Type::BigInt, "BIGINT")
    }

    pub(crate) fn dates(&self, column: usize) -> Result<Dates<'a>, Error> {
        self.vector(column)?.values(&Type::Date, "DATE")
    }

    pub(crate) fn booleans(&self, column: usize) -> Result<Values<'a, bool>, Error> {
        self.vector(column)?.values(&Type::Boolean, "BOOLEAN")
    }

    pub(crate) fn texts(&self, column: usize) -> Result<Texts<'a>, Error> {
        self.vector(column)?.texts()
    }

    pub(crate) fn structs(&self, column: usize) -> Result<Structs<'a>, Error> {
        let vector = self.vector(column)?;
        let fields = vector.expect(&Type::Struct(&[]), "STRUCT")?.field_count();
        Ok(Structs { vector, validity: vector.validity()?, fields: fields as usize })
    }

    /// A struct of numbers, or a map from names to numbers; `argument` names it in errors.
    pub(crate) fn named(&self, column: usize, argument: &'static str) -> Result<Named<'a>, Error> {
        Named::new(self.vector(column)?, argument)
    }

    pub(crate) fn lists(&self, column: usize) -> Result<Lists<'a>, Error> {
        let vector = self.vector(column)?;
        let entries = vector.values(&Type::List(&Type::Double), "LIST")?;
        Ok(Lists { vector, entries })
    }

    fn vector(&self, column: usize) -> Result<Vector<'a>, Error> {
        if column >= self.columns {
            return Err(Error::argument(format!("argument {} is missing", column + 1)));
        }
        // SAFETY: the column exists in a live chunk.
        let raw = unsafe { duckdb::duckdb_data_chunk_get_vector(self.chunk, column as u64) };
        Ok(Vector { raw, rows: self.rows, call: PhantomData })
    }
}

/// A live flat vector of `rows` rows.
#[derive(Clone, Copy)]
pub(super) struct Vector<'a> {
    raw: duckdb::duckdb_vector,
    rows: usize,
    call: PhantomData<&'a ()>,
}

impl<'a> Vector<'a> {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn logical(&self) -> LogicalType {
        // SAFETY: the vector is live.
        unsafe { LogicalType::of(self.raw) }
    }

    fn expect(&self, wanted: &Type, name: &'static str) -> Result<LogicalType, Error> {
        let actual = self.logical();
        if actual.id() != wanted.id() {
            return Err(Error::VectorType { expected: name, actual: actual.id() });
        }
        Ok(actual)
    }

    pub(super) fn validity(&self) -> Result<Validity<'a>, Error> {
        Ok(self.form()?.map_or(Validity::ALL, |form| Validity::of(&form)))
    }

    /// `None` where there are no rows: the elements of empty lists have no form that matters.
    fn form(&self) -> Result<Option<Form>, Error> {
        // SAFETY: the vector is live.
        (self.rows > 0).then(|| unsafe { Form::of(self.raw) }).transpose()
    }

    /// The values as `T`, which must be the memory form of `wanted`.
    fn values<T>(&self, wanted: &Type, name: &'static str) -> Result<Values<'a, T>, Error> {
        self.expect(wanted, name)?;
        // SAFETY: the type is the wanted one.
        unsafe { self.values_as() }
    }

    /// # Safety
    ///
    /// `T` must be the memory form of the vector's type.
    pub(super) unsafe fn values_as<T>(&self) -> Result<Values<'a, T>, Error> {
        let Some(form) = self.form()? else {
            return Ok(Values { data: &[], validity: Validity::ALL });
        };
        let values = if form.constant { 1 } else { self.rows };
        // SAFETY: as many values of `T`, live for `'a`. Where all are NULL there may be no data at all.
        let data = unsafe {
            let data: *const T = form.data.cast();
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data, values) }
        };
        Ok(Values { data, validity: Validity::of(&form) })
    }

    pub(super) fn texts(&self) -> Result<Texts<'a>, Error> {
        self.values(&Type::Varchar, "VARCHAR").map(Texts)
    }

    /// The field of a struct vector, which must exist; it has as many rows.
    pub(super) fn field(&self, field: usize) -> Self {
        // SAFETY: the field exists in a live struct vector.
        let raw = unsafe { duckdb::duckdb_struct_vector_get_child(self.raw, field as u64) };
        Self { raw, ..*self }
    }

    /// The child column of a vector of lists or maps, of all lists together.
    pub(super) fn elements(&self) -> Self {
        // SAFETY: a live list vector has a live child of the size it reports.
        let (raw, rows) = unsafe {
            (
                duckdb::duckdb_list_vector_get_child(self.raw),
                duckdb::duckdb_list_vector_get_size(self.raw) as usize,
            )
        };
        Self { raw, rows, call: PhantomData }
    }
}

/// Which rows are not NULL.
#[derive(Clone, Copy)]
pub(super) struct Validity<'a> {
    /// One bit per place; absent when no row is NULL.
    mask: *const u64,
    /// The bits of a row's number that make its place: all, or none where one place is for all rows.
    places: usize,
    call: PhantomData<&'a ()>,
}

impl Validity<'_> {
    const ALL: Self = Self { mask: std::ptr::null(), places: usize::MAX, call: PhantomData };

    fn of(form: &Form) -> Self {
        let places = if form.constant { 0 } else { usize::MAX };
        Self { mask: form.validity, places, call: PhantomData }
    }

    fn place(&self, row: usize) -> usize {
        row & self.places
    }

    pub(super) fn is_valid(&self, row: usize) -> bool {
        let place = self.place(row);
        // SAFETY: the mask covers every place of its vector, and callers have checked `row` against
        // the vector's length.
        self.mask.is_null() || unsafe { *self.mask.add(place / 64) } >> (place % 64) & 1 == 1
    }
}

/// A column of plain values.
pub(crate) struct Values<'a, T> {
    data: &'a [T],
    validity: Validity<'a>,
}

impl<'a, T> Values<'a, T> {
    fn at(&self, row: usize) -> Option<&'a T> {
        let value = self.data.get(self.validity.place(row))?;
        self.validity.is_valid(row).then_some(value)
    }
}

impl<T: Copy> Values<'_, T> {
    /// The value of `row`; `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<T> {
        self.at(row).copied()
    }
}

/// A column of doubles.
pub(crate) type Doubles<'a> = Values<'a, f64>;

/// A column of dates, as days since 1970-01-01.
pub(crate) type Dates<'a> = Values<'a, i32>;

/// A column of texts.
pub(crate) struct Texts<'a>(Values<'a, duckdb::duckdb_string_t>);

impl<'a> Texts<'a> {
    /// The text of `row`; `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Result<Option<&'a str>, Error> {
        const INLINED: usize = 12;
        let Some(string) = self.0.at(row) else { return Ok(None) };
        // SAFETY: both forms begin with the length, which tells which one it is. The bytes of
        // either live as long as the vector, `'a`.
        let bytes: &'a [u8] = unsafe {
            let length = string.value.inlined.length as usize;
            let start = if length <= INLINED {
                string.value.inlined.inlined.as_ptr()
            } else {
                string.value.pointer.ptr.cast_const()
            };
            std::slice::from_raw_parts(start.cast(), length)
        };
        Ok(Some(std::str::from_utf8(bytes)?))
    }

    /// Whether two rows are NULL both, or one text in one place. Cheap, however long the text; equal
    /// texts in two places are told apart.
    pub(crate) fn is_shared(&self, row: usize, other: usize) -> bool {
        let string = |row: usize| {
            let string = self.0.at(row)?;
            // SAFETY: both forms have one size, begin with the length, and have all bytes set.
            let pointer = unsafe { string.value.pointer };
            Some((pointer.length, pointer.prefix, pointer.ptr))
        };
        string(row) == string(other)
    }
}

/// A column of structs.
pub(crate) struct Structs<'a> {
    vector: Vector<'a>,
    validity: Validity<'a>,
    fields: usize,
}

impl<'a> Structs<'a> {
    /// Whether the struct of `row` is there at all.
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        row < self.vector.rows && self.validity.is_valid(row)
    }

    /// The field at this position.
    pub(crate) fn doubles(&self, field: usize) -> Result<Doubles<'a>, Error> {
        if field >= self.fields {
            return Err(Error::argument(format!("struct field {} is missing", field + 1)));
        }
        self.vector.field(field).values(&Type::Double, "DOUBLE")
    }
}

/// A column of lists.
pub(crate) struct Lists<'a> {
    vector: Vector<'a>,
    entries: Values<'a, duckdb::duckdb_list_entry>,
}

impl<'a> Lists<'a> {
    /// Where the elements of `row`'s list stand in the child column; `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<Range<usize>> {
        let entry = self.entries.get(row)?;
        Some(entry.offset as usize..(entry.offset + entry.length) as usize)
    }

    /// The child column, of all lists together.
    pub(crate) fn doubles(&self) -> Result<Doubles<'a>, Error> {
        self.vector.elements().values(&Type::Double, "DOUBLE")
    }

    /// As [`Lists::doubles`], of dates.
    pub(crate) fn dates(&self) -> Result<Dates<'a>, Error> {
        self.vector.elements().values(&Type::Date, "DATE")
    }

    /// As [`Lists::doubles`], of whole numbers.
    pub(crate) fn bigints(&self) -> Result<Values<'a, i64>, Error> {
        self.vector.elements().values(&Type::BigInt, "BIGINT")
    }
}
