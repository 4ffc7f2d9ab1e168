//! The SQL functions, one file per group.

mod composite;
mod features;
mod gathered;
mod help;
mod model;
mod ranking;
mod robust;
mod tail;
mod tyre;

use crate::ffi::{Aggregate, Arg, Connection, Error, Scalar, Type, has_safe_aggregates};

/// Every scalar function; overloads share a name and stand together.
fn scalars() -> impl Iterator<Item = &'static Scalar> {
    let groups = [
        robust::SCALARS,
        composite::SCALARS,
        tail::SCALARS,
        ranking::SCALARS,
        model::SCALARS,
        tyre::SCALARS,
    ];
    groups.into_iter().flatten().chain(features::scalars())
}

/// An aggregate function, to be registered and explained.
struct AggregateEntry {
    name: &'static str,
    overloads: &'static [&'static [Arg]],
    returns: Type,
    help: &'static str,
    example: &'static str,
    register: fn(&Connection) -> Result<(), Error>,
}

impl AggregateEntry {
    const fn of<A: Aggregate>() -> Self {
        Self {
            name: A::NAME,
            overloads: A::OVERLOADS,
            returns: A::RETURNS,
            help: A::HELP,
            example: A::EXAMPLE,
            register: A::register,
        }
    }
}

/// Every aggregate function that the engine can take.
///
/// DuckDB before 2.0 crashes on extension aggregates in whole-partition windows and with `ORDER BY`;
/// there the list forms (`robust_zscores`, `list_robust_stats`, `list_ndcg`, …) do their work.
fn aggregates() -> impl Iterator<Item = &'static AggregateEntry> {
    let every = robust::AGGREGATES.iter().chain(ranking::AGGREGATES).chain(features::aggregates());
    every.filter(|_| has_safe_aggregates())
}

/// Registers every function the engine can take.
pub(crate) fn register(connection: &Connection) -> Result<(), Error> {
    let scalars: Vec<&Scalar> = scalars().collect();
    for overloads in scalars.chunk_by(|a, b| a.name == b.name) {
        connection.register_scalars(overloads)?;
    }
    for aggregate in aggregates() {
        (aggregate.register)(connection)?;
    }
    connection.register_table(&help::FUNCTIONS)
}
