//! Every formula AIM scores with. Nothing here knows a database: the same functions serve DuckDB,
//! PostgreSQL and the runner.

pub mod composite;
pub mod features;
pub mod json;
pub mod lightgbm;
pub mod ranking;
pub mod robust;
pub mod tail;
pub mod tyre;
