//! How the values of a vector stand in memory: one for each row, or one for all of them.
//!
//! DuckDB flattens the arguments of a call. Before 2.0 it leaves what they are made of as it is: the
//! elements of lists (`[NULL, NULL]`) and, in 1.2, the fields of structs may be one value for all rows.
//! The stable C interface does not tell, and asking DuckDB 1.2 for such values throws an exception
//! through our frames, which ends the process. The vector itself tells, in the same way in all releases
//! before 2.0.

use super::engine;
use super::error::Error;
use libduckdb_sys as duckdb;
use std::ffi::c_void;

/// Where the values of a vector are.
pub(super) struct Form {
    pub(super) data: *const c_void,
    /// One bit per value; absent when none is NULL.
    pub(super) validity: *const u64,
    /// Whether there is one value, for all rows.
    pub(super) constant: bool,
}

impl Form {
    /// The form of a vector that has rows.
    ///
    /// # Safety
    ///
    /// `vector` must be live.
    ///
    /// # Errors
    ///
    /// When the values are neither one for each row nor one for all.
    pub(super) unsafe fn of(vector: duckdb::duckdb_vector) -> Result<Self, Error> {
        // SAFETY: the vector is live and, before 2.0, of the layout below.
        let head = (engine::major() < 2).then(|| unsafe { &*vector.cast::<Head>() });
        match head.map(|head| (head.kind, head)) {
            // SAFETY: the vector is live and flat.
            None | Some((FLAT, _)) => unsafe {
                let data = duckdb::duckdb_vector_get_data(vector).cast_const();
                let validity = duckdb::duckdb_vector_get_validity(vector).cast_const();
                Ok(Self { data, validity, constant: false })
            },
            Some((CONSTANT, head)) => {
                Ok(Self { data: head.data, validity: head.validity, constant: true })
            }
            Some(_) => Err(Error::argument(
                "DuckDB before 2.0 hands what this list or struct is made of over in a form that \
                 cannot be read; store it in a table first, or update DuckDB",
            )),
        }
    }
}

const FLAT: u8 = 0;
const CONSTANT: u8 = 2;

/// How a vector of DuckDB 1.2 to 1.5 begins.
#[repr(C)]
struct Head {
    kind: u8,
    logical_type: [usize; 3],
    data: *const c_void,
    validity: *const u64,
}
