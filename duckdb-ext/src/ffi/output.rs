//! The result vector of one call.

use super::error::Error;
use super::types::{LogicalType, Type};
use libduckdb_sys as duckdb;
use std::ffi::c_void;
use std::marker::PhantomData;

/// A result vector, of which rows `first..first + rows` may be written.
pub(crate) struct Out<'a> {
    raw: duckdb::duckdb_vector,
    data: *mut c_void,
    first: usize,
    rows: usize,
    id: duckdb::duckdb_type,
    fields: Vec<Out<'a>>,
    call: PhantomData<&'a mut ()>,
}

impl<'a> Out<'a> {
    /// # Safety
    ///
    /// `raw` must be live for `'a`, not written through anything else, and hold at least
    /// `first + rows` rows.
    pub(super) unsafe fn new(raw: duckdb::duckdb_vector, first: usize, rows: usize) -> Self {
        // SAFETY: the vector is live; fields are borrowed from it and have as many rows.
        unsafe {
            let logical = LogicalType::of(raw);
            let id = logical.id();
            let fields = if id == Type::Struct(&[]).id() { logical.field_count() } else { 0 };
            let field = |at| Out::new(duckdb::duckdb_struct_vector_get_child(raw, at), first, rows);
            let fields = (0..fields).map(field).collect();
            let data = duckdb::duckdb_vector_get_data(raw);
            Self { raw, data, first, rows, id, fields, call: PhantomData }
        }
    }

    /// The vector of a struct's field.
    ///
    /// # Panics
    ///
    /// When there is no such field: a defect of the function's declaration.
    pub(crate) fn field(&mut self, field: usize) -> &mut Out<'a> {
        &mut self.fields[field]
    }

    /// Makes `row` NULL; a struct's fields too, which is how the engine keeps them.
    pub(crate) fn set_null(&mut self, row: usize) {
        for field in &mut self.fields {
            field.set_null(row);
        }
        let row = self.at(row);
        // SAFETY: the row exists, and the mask is made before it is written.
        unsafe {
            duckdb::duckdb_vector_ensure_validity_writable(self.raw);
            let mask = duckdb::duckdb_vector_get_validity(self.raw);
            duckdb::duckdb_validity_set_row_invalid(mask, row as u64);
        }
    }

    pub(crate) fn set_double(&mut self, row: usize, value: Option<f64>) -> Result<(), Error> {
        self.set(row, value, &Type::Double, "DOUBLE")
    }

    pub(crate) fn set_bigint(&mut self, row: usize, value: Option<i64>) -> Result<(), Error> {
        self.set(row, value, &Type::BigInt, "BIGINT")
    }

    /// Writes every row at once; NaN becomes NULL.
    pub(crate) fn set_doubles(&mut self, values: &[f64]) -> Result<(), Error> {
        let present = |value: &f64| Some(*value).filter(|value| !value.is_nan());
        self.set_all(values.iter().map(present), &Type::Double, "DOUBLE")
    }

    /// Writes every row at once.
    pub(crate) fn set_bigints(
        &mut self,
        values: impl Iterator<Item = Option<i64>>,
    ) -> Result<(), Error> {
        self.set_all(values, &Type::BigInt, "BIGINT")
    }

    /// Writes every row at once, as days since 1970-01-01.
    pub(crate) fn set_dates(
        &mut self,
        values: impl Iterator<Item = Option<i32>>,
    ) -> Result<(), Error> {
        self.set_all(values, &Type::Date, "DATE")
    }

    pub(crate) fn set_text(&mut self, row: usize, text: Option<&str>) -> Result<(), Error> {
        self.expect(&Type::Varchar, "VARCHAR")?;
        let Some(text) = text else {
            self.set_null(row);
            return Ok(());
        };
        let row = self.at(row);
        // SAFETY: the row exists in a text vector; the engine copies the bytes.
        unsafe {
            duckdb::duckdb_vector_assign_string_element_len(
                self.raw,
                row as u64,
                text.as_ptr().cast(),
                text.len() as u64,
            );
        }
        Ok(())
    }

    /// Makes room for `elements` more list elements, so that appending them moves nothing.
    pub(crate) fn reserve_elements(&mut self, elements: usize) -> Result<(), Error> {
        self.expect(&Type::List(&Type::Double), "LIST")?;
        // SAFETY: a live list vector; room is made beyond what it holds.
        unsafe {
            let held = duckdb::duckdb_list_vector_get_size(self.raw);
            duckdb::duckdb_list_vector_reserve(self.raw, held + elements as u64);
        }
        Ok(())
    }

    /// Makes `row` a list of `length` elements, and gives the vector to write them into.
    pub(crate) fn append_list(&mut self, row: usize, length: usize) -> Result<Out<'_>, Error> {
        self.reserve_elements(length)?;
        // SAFETY: a live list vector, whose child has been made as large as what is appended;
        // only the new elements are written.
        let (elements, offset) = unsafe {
            let offset = duckdb::duckdb_list_vector_get_size(self.raw) as usize;
            duckdb::duckdb_list_vector_set_size(self.raw, (offset + length) as u64);
            (Out::new(duckdb::duckdb_list_vector_get_child(self.raw), offset, length), offset)
        };
        self.set_list(row, offset, length)?;
        Ok(elements)
    }

    /// Makes `row` a list or map of the `length` elements that begin at `offset` of the child column.
    pub(crate) fn set_list(
        &mut self,
        row: usize,
        offset: usize,
        length: usize,
    ) -> Result<(), Error> {
        const MAP: Type = Type::Map(&Type::Varchar, &Type::Double);
        let entry = duckdb::duckdb_list_entry { offset: offset as u64, length: length as u64 };
        let wanted = if self.id == MAP.id() { MAP } else { Type::List(&Type::Double) };
        self.set(row, Some(entry), &wanted, "LIST or MAP")
    }

    /// The child column of a vector of lists or maps, all together, with room for `count` elements;
    /// those of a map are structs of key and value.
    pub(crate) fn elements(&mut self, count: usize) -> Out<'_> {
        // SAFETY: a list or map vector, as the function's declaration says; its child is made as
        // large as what may be written into it.
        unsafe {
            duckdb::duckdb_list_vector_reserve(self.raw, count as u64);
            duckdb::duckdb_list_vector_set_size(self.raw, count as u64);
            Out::new(duckdb::duckdb_list_vector_get_child(self.raw), 0, count)
        }
    }

    /// Writes the child column of a vector of lists of doubles, all lists together.
    pub(crate) fn set_list_doubles(&mut self, values: &[Option<f64>]) -> Result<(), Error> {
        self.expect(&Type::List(&Type::Double), "LIST")?;
        let mut child = self.elements(values.len());
        for (row, value) in values.iter().enumerate() {
            child.set_double(row, *value)?;
        }
        Ok(())
    }

    fn set<T>(
        &mut self,
        row: usize,
        value: Option<T>,
        wanted: &Type,
        name: &'static str,
    ) -> Result<(), Error> {
        self.expect(wanted, name)?;
        let Some(value) = value else {
            self.set_null(row);
            return Ok(());
        };
        let row = self.at(row);
        // SAFETY: the row exists, and `T` is the memory form of the vector's type.
        unsafe { *self.data.cast::<T>().add(row) = value };
        Ok(())
    }

    /// Writes the rows in order, up to the number there are.
    fn set_all<T>(
        &mut self,
        values: impl Iterator<Item = Option<T>>,
        wanted: &Type,
        name: &'static str,
    ) -> Result<(), Error> {
        self.expect(wanted, name)?;
        let mut mask: *mut u64 = std::ptr::null_mut();
        for (row, value) in (self.first..self.first + self.rows).zip(values) {
            // SAFETY: the row exists, `T` is the memory form of the vector's type, and the mask,
            // which covers every row, is made before it is written.
            unsafe {
                if let Some(value) = value {
                    *self.data.cast::<T>().add(row) = value;
                    continue;
                }
                if mask.is_null() {
                    duckdb::duckdb_vector_ensure_validity_writable(self.raw);
                    mask = duckdb::duckdb_vector_get_validity(self.raw);
                }
                *mask.add(row / 64) &= !(1 << (row % 64));
            }
        }
        Ok(())
    }

    fn expect(&self, wanted: &Type, name: &'static str) -> Result<(), Error> {
        if self.id != wanted.id() {
            return Err(Error::VectorType { expected: name, actual: self.id });
        }
        Ok(())
    }

    /// The vector's row of the call's `row`.
    fn at(&self, row: usize) -> usize {
        assert!(row < self.rows, "result has {} rows, not {}", self.rows, row + 1);
        self.first + row
    }
}
