//! The entry point that `LOAD` calls.

use super::connection::Connection;
use super::error::{Error, panic_message, to_c};
use crate::functions;
use libduckdb_sys as duckdb;
use std::ffi::{c_char, c_void};
use std::panic::catch_unwind;
use std::sync::OnceLock;

/// The C API this extension needs, and the version written into its file.
const API_VERSION: &str = "v1.2.0";

/// How many functions that version has. Later releases appended and, before 1.5.6, moved functions
/// behind them.
const API_FUNCTIONS: usize = 357;

/// The engine's functions, those of [`API_VERSION`] only.
struct Api(duckdb::duckdb_ext_api_v1);

// SAFETY: function pointers into the engine, written once.
unsafe impl Send for Api {}
// SAFETY: as above.
unsafe impl Sync for Api {}

static API: OnceLock<Api> = OnceLock::new();

/// The engine's own access functions, of the load under way.
static ACCESS: OnceLock<duckdb::duckdb_extension_access> = OnceLock::new();

/// Called by DuckDB on `LOAD aim_ext`.
///
/// # Safety
///
/// Only DuckDB may call it, with arguments that live through the call.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn aim_ext_init_c_api(
    info: duckdb::duckdb_extension_info,
    access: *const duckdb::duckdb_extension_access,
) -> bool {
    // SAFETY: the engine's pointers live through the call.
    let loaded = catch_unwind(|| unsafe { load(info, *access) });
    let message = match loaded {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => to_c(&error.to_string()),
        Err(payload) => to_c(&panic_message(payload.as_ref())),
    };
    // SAFETY: as above; the engine copies the message.
    unsafe {
        if let Some(set_error) = (*access).set_error {
            set_error(info, message.as_ptr());
        }
    }
    false
}

unsafe fn load(
    info: duckdb::duckdb_extension_info,
    access: duckdb::duckdb_extension_access,
) -> Result<(), Error> {
    let access = *ACCESS.get_or_init(|| access);
    let bounded = duckdb::duckdb_extension_access { get_api: Some(bounded_api), ..access };
    // SAFETY: called on behalf of the engine, with its own arguments.
    unsafe {
        match duckdb::duckdb_rs_extension_api_init(info, &bounded, API_VERSION) {
            Ok(true) => {}
            Ok(false) => return Err(Error::Open(format!("DuckDB has no C API {API_VERSION}"))),
            Err(reason) => return Err(Error::Open(reason.to_owned())),
        }
        let get_database = access
            .get_database
            .ok_or_else(|| Error::Open("DuckDB hands out no database".into()))?;
        functions::register(&Connection::new(*get_database(info))?)
    }
}

/// The engine's functions, with those that are not in [`API_VERSION`] left empty: the binding reads
/// all it knows, which is more than older releases have.
unsafe extern "C" fn bounded_api(
    info: duckdb::duckdb_extension_info,
    version: *const c_char,
) -> *const c_void {
    let Some(get_api) = ACCESS.get().and_then(|access| access.get_api) else {
        return std::ptr::null();
    };
    // SAFETY: the engine's own function, with the arguments it expects.
    let full = unsafe { get_api(info, version) };
    if full.is_null() {
        return full;
    }
    let api = API.get_or_init(|| {
        // SAFETY: the struct consists of optional function pointers, for which zero is none; the
        // engine's has at least as many as its version says.
        unsafe {
            let mut api: duckdb::duckdb_ext_api_v1 = std::mem::zeroed();
            let target = std::ptr::from_mut(&mut api).cast::<*const c_void>();
            std::ptr::copy_nonoverlapping(full.cast(), target, API_FUNCTIONS);
            Api(api)
        }
    });
    std::ptr::from_ref(&api.0).cast()
}
