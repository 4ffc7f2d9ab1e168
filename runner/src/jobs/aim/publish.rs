//! The end of a run: the scored tables in PostgreSQL.

use super::tables;
use crate::context::Context;
use crate::serving::Publisher;

/// Publishes what exists of the scored tables; answers their names and rows.
pub(super) fn publish(
    context: &Context<'_>,
    publisher: Publisher,
) -> anyhow::Result<Vec<(String, u64)>> {
    let mut published = Vec::new();
    for table in [
        tables::tyre_scores(),
        tables::aim_data(),
        tables::cam_sku(),
        tables::aim("aim-analysis-table"),
        tables::aim("aim-merchandising-report"),
    ] {
        if context.warehouse.tables(&table.dataset, &table.table)?.contains(&table) {
            published.push(table);
        }
    }
    context.runtime.block_on(publisher.publish(&context.warehouse, &published, &context.run_id))
}
