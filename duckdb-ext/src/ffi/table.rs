//! Table functions without arguments, of texts only.

use super::error::{Error, panic_message, to_c};
use super::output::Out;
use super::types::Type;
use libduckdb_sys as duckdb;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A table function.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// All rows; each has as many texts as there are columns.
    pub(crate) rows: fn() -> Vec<Vec<String>>,
}

/// The rows of one call that are not handed over yet.
struct Pending(std::vec::IntoIter<Vec<String>>);

/// # Safety
///
/// `connection` must be live.
pub(super) unsafe fn register(
    connection: duckdb::duckdb_connection,
    table: &'static Table,
) -> Result<(), Error> {
    let name = to_c(table.name);
    let info = std::ptr::from_ref(table).cast_mut().cast();
    // SAFETY: the connection is live; the function is destroyed after the engine has copied it; the
    // extra information is static.
    unsafe {
        let mut function = duckdb::duckdb_create_table_function();
        duckdb::duckdb_table_function_set_name(function, name.as_ptr());
        duckdb::duckdb_table_function_set_extra_info(function, info, None);
        duckdb::duckdb_table_function_set_bind(function, Some(bind));
        duckdb::duckdb_table_function_set_init(function, Some(init));
        duckdb::duckdb_table_function_set_function(function, Some(scan));
        let state = duckdb::duckdb_register_table_function(connection, function);
        duckdb::duckdb_destroy_table_function(&mut function);
        if state == duckdb::DuckDBSuccess { Ok(()) } else { Err(Error::Register(table.name)) }
    }
}

unsafe extern "C" fn bind(info: duckdb::duckdb_bind_info) {
    // SAFETY: the extra information set at registration, which is static; the engine copies names
    // and types.
    unsafe {
        let table: &'static Table = &*duckdb::duckdb_bind_get_extra_info(info).cast();
        for column in table.columns {
            let name = to_c(column);
            duckdb::duckdb_bind_add_result_column(info, name.as_ptr(), Type::Varchar.logical().0);
        }
    }
}

unsafe extern "C" fn init(info: duckdb::duckdb_init_info) {
    // SAFETY: as for `bind`; the engine frees the data with the function given.
    unsafe {
        let table: &'static Table = &*duckdb::duckdb_init_get_extra_info(info).cast();
        match catch_unwind(|| (table.rows)()) {
            Ok(rows) => {
                let pending = Box::into_raw(Box::new(Pending(rows.into_iter())));
                duckdb::duckdb_init_set_init_data(info, pending.cast(), Some(free));
            }
            Err(payload) => {
                let message = to_c(&panic_message(payload.as_ref()));
                duckdb::duckdb_init_set_error(info, message.as_ptr());
            }
        }
    }
}

unsafe extern "C" fn free(pending: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `init`, freed once.
    unsafe { drop(Box::from_raw(pending.cast::<Pending>())) };
}

unsafe extern "C" fn scan(info: duckdb::duckdb_function_info, chunk: duckdb::duckdb_data_chunk) {
    // SAFETY: the data of `init`, used by one thread only: the engine scans with one unless told
    // otherwise; the chunk is live and has room for a vector's size of rows.
    let (pending, room, columns) = unsafe {
        let pending: &mut Pending = &mut *duckdb::duckdb_function_get_init_data(info).cast();
        let columns = duckdb::duckdb_data_chunk_get_column_count(chunk);
        (pending, duckdb::duckdb_vector_size() as usize, columns as usize)
    };
    let rows: Vec<Vec<String>> = pending.0.by_ref().take(room).collect();
    let fill = || -> Result<(), Error> {
        for column in 0..columns {
            // SAFETY: the column exists; nothing else writes it.
            let mut out = unsafe {
                let vector = duckdb::duckdb_data_chunk_get_vector(chunk, column as u64);
                Out::new(vector, 0, rows.len())
            };
            for (row, texts) in rows.iter().enumerate() {
                out.set_text(row, texts.get(column).map(String::as_str))?;
            }
        }
        Ok(())
    };
    let message = match catch_unwind(AssertUnwindSafe(fill)) {
        Ok(Ok(())) => {
            // SAFETY: as many rows as were written.
            unsafe { duckdb::duckdb_data_chunk_set_size(chunk, rows.len() as u64) };
            return;
        }
        Ok(Err(error)) => to_c(&error.to_string()),
        Err(payload) => to_c(&panic_message(payload.as_ref())),
    };
    // SAFETY: the engine copies the message.
    unsafe { duckdb::duckdb_function_set_error(info, message.as_ptr()) };
}
