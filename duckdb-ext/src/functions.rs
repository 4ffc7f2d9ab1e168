//! The SQL functions, one file per group.

mod ranking;
mod robust;
mod tyre;

use crate::ffi::{Aggregate as _, Connection, Error, Scalar};

/// Every scalar function; overloads share a name.
fn scalars() -> impl Iterator<Item = &'static Scalar> {
    robust::SCALARS.iter().chain(ranking::SCALARS).chain(tyre::SCALARS)
}

/// Registers every function the engine can take.
///
/// DuckDB before 2.0 crashes on extension aggregates in whole-partition windows and with `ORDER BY`;
/// there the list forms (`robust_zscores`, `list_robust_stats`, `list_ndcg`, …) do their work.
pub(crate) fn register(connection: &Connection) -> Result<(), Error> {
    let scalars: Vec<&Scalar> = scalars().collect();
    for overloads in scalars.chunk_by(|a, b| a.name == b.name) {
        connection.register_scalars(overloads)?;
    }
    if connection.has_safe_aggregates() {
        robust::RobustStatsAggregate::register(connection)?;
        ranking::register(connection)?;
    }
    Ok(())
}
