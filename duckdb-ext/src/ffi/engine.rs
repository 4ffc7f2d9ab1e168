//! Which engine this is.

use libduckdb_sys as duckdb;
use std::ffi::CStr;
use std::sync::OnceLock;

/// Whether extension aggregates are safe in every query shape: from DuckDB 2.0 on.
pub(crate) fn has_safe_aggregates() -> bool {
    major() >= 2
}

/// The first number of the engine's release; 0 where it has none.
pub(super) fn major() -> u32 {
    static MAJOR: OnceLock<u32> = OnceLock::new();
    *MAJOR.get_or_init(|| {
        // SAFETY: a static text of the engine.
        let version = unsafe { CStr::from_ptr(duckdb::duckdb_library_version()) };
        let version = version.to_string_lossy();
        let major = version.trim_start_matches('v').split('.').next();
        major.and_then(|major| major.parse().ok()).unwrap_or_default()
    })
}
