//! The argument vectors of one call.

use super::error::Error;
use super::named::Named;
use super::types::{LogicalType, Type};
use libduckdb_sys as duckdb;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::OnceLock;

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
        self.ensure_flat()?;
        // SAFETY: the vector is live and flat.
        let mask = unsafe { duckdb::duckdb_vector_get_validity(self.raw) };
        Ok(Validity { mask, call: PhantomData })
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
        let validity = self.validity()?;
        // SAFETY: a flat vector of this type holds `rows` values of `T`, live for `'a`. An empty
        // vector may have no data at all.
        let data = unsafe {
            let data: *const T = duckdb::duckdb_vector_get_data(self.raw).cast();
            if data.is_null() { &[] } else { std::slice::from_raw_parts(data, self.rows) }
        };
        Ok(Values { data, validity })
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

    /// Refuses a vector in another form than one value per row.
    ///
    /// DuckDB 1.2 flattens its arguments, but not the fields of a struct. It has no function to ask
    /// for the form, and reading such a field throws an exception through our frames, which ends the
    /// process. In each of its releases the form is the first byte of the vector, 0 for a flat one.
    fn ensure_flat(&self) -> Result<(), Error> {
        static FIELDS_ARE_FLAT: OnceLock<bool> = OnceLock::new();
        let fields_are_flat = *FIELDS_ARE_FLAT.get_or_init(|| {
            // SAFETY: a static text of the engine.
            let version = unsafe { CStr::from_ptr(duckdb::duckdb_library_version()) };
            !version.to_bytes().starts_with(b"v1.2.")
        });
        // SAFETY: the engine's vector object is live, and of the layout described above.
        if fields_are_flat || unsafe { *self.raw.cast::<u8>() } == 0 {
            return Ok(());
        }
        Err(Error::argument(
            "DuckDB before 1.3 hands this struct over in a form that cannot be read; update DuckDB, \
             store the struct in a table first, or give a map if the function takes one",
        ))
    }
}

/// Which rows are not NULL.
#[derive(Clone, Copy)]
pub(super) struct Validity<'a> {
    /// One bit per row; absent when no row is NULL.
    mask: *const u64,
    call: PhantomData<&'a ()>,
}

impl Validity<'_> {
    pub(super) fn is_valid(&self, row: usize) -> bool {
        // SAFETY: the mask covers every row of its vector, and callers have checked `row` against
        // the vector's length.
        self.mask.is_null() || unsafe { *self.mask.add(row / 64) } >> (row % 64) & 1 == 1
    }
}

/// A column of plain values.
pub(crate) struct Values<'a, T> {
    data: &'a [T],
    validity: Validity<'a>,
}

impl<T: Copy> Values<'_, T> {
    /// The value of `row`; `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<T> {
        let value = self.data.get(row)?;
        self.validity.is_valid(row).then_some(*value)
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
        let Some(string) = self.0.data.get(row).filter(|_| self.0.validity.is_valid(row)) else {
            return Ok(None);
        };
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
