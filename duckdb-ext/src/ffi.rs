//! DuckDB's C interface, made safe. All unsafe code of the extension is here.
//!
//! * [`Type`], [`Scalar`] and [`Aggregate`] describe functions; [`Connection`] registers them.
//! * [`Args`] and [`Out`] are the vectors of one call, with bounds, types and NULLs checked.
//! * Panics and errors of a function become errors of the query that called it.
//!
//! Only functions of the stable C API (v1.2.0) are called, so that one file loads in every release
//! since.

mod aggregate;
mod connection;
mod engine;
#[cfg(feature = "loadable")]
mod entry;
mod error;
mod form;
mod input;
mod named;
mod numbers;
mod output;
mod scalar;
mod table;
mod types;

pub(crate) use aggregate::Aggregate;
pub(crate) use connection::Connection;
pub use connection::{open, open_bare};
pub(crate) use engine::has_safe_aggregates;
pub use error::Error;
pub(crate) use input::{Args, Dates, Doubles, Lists, Structs, Texts, Values};
pub(crate) use named::Named;
pub(crate) use output::Out;
pub(crate) use scalar::{Nulls, Scalar};
pub(crate) use table::Table;
pub(crate) use types::{Arg, Type, describe};
