//! `aim_ext`: the scoring core of AIM and its DuckDB functions.
//!
//! * [`core`]: every formula, as plain functions on slices and texts; no database type in any signature.
//! * [`functions`]: one file per group of SQL functions: arguments in, core call, result out.
//! * `ffi`: the only unsafe code, DuckDB's C interface made safe.

pub mod core;
#[cfg(feature = "duckdb")]
mod ffi;
#[cfg(feature = "duckdb")]
pub mod functions;

#[cfg(feature = "duckdb")]
pub use ffi::{Error, open, open_bare};

/// The loadable file brings its own; elsewhere the program decides.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
