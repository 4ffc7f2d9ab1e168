//! Moments at which the working copy is whole: what is done then is never done again.
//!
//! The copy says itself how far it is, in the transaction that makes it so; the journal says it again
//! once the copy is safe on disk. A process killed between the two loses nothing.

use crate::context::Context;
use crate::record::{Journal, Snapshot};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, render};
use anyhow::{Context as _, bail};
use minijinja::context;

/// Makes the copy whole on disk, then says so in the journal.
pub(super) fn pass(
    context: &Context<'_>,
    journal: &mut Journal,
    snapshot: Snapshot,
) -> anyhow::Result<()> {
    let text = serde_json::to_string(&snapshot)?;
    context.warehouse.transaction(&[render("aim/boundary.sql", context! { snapshot => text })?])?;
    context.copy.checkpoint(&context.warehouse)?;
    journal.done(snapshot)
}

/// What a copy that was taken up again has come to; `last` is what the journal says. The copy may be
/// one boundary ahead of it.
pub(super) fn find(
    warehouse: &DuckDb,
    journal: &mut Journal,
    last: &Snapshot,
) -> anyhow::Result<Snapshot> {
    let torn = "The working copy does not hold what the run's journal says: start a new run";
    if !warehouse.tables("aim_run", "boundary")?.iter().any(|name| name.table == "boundary") {
        bail!(torn);
    }
    let query = Statement::new("boundary", "select snapshot from aim_run.boundary");
    let text = warehouse.rows(&query)?.into_iter().flatten().flatten().next().context(torn)?;
    let found: Snapshot = serde_json::from_str(&text).context(torn)?;
    if found.stages.len() < last.stages.len() {
        bail!(torn);
    }
    if found.stages.len() > last.stages.len() {
        journal.done(found.clone())?;
    }
    Ok(found)
}
