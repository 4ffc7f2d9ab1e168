//! The tables the job reads and writes.

use crate::context::Context;
use crate::warehouse::TableName;
use anyhow::bail;

/// Recommendations, one row per vehicle and size.
pub(super) fn aim_data() -> TableName {
    TableName::new("AIM", "AIMData")
}

/// Tyre scores, one row per product and vehicle.
pub(super) fn tyre_scores() -> TableName {
    TableName::new("nexus_tyrescore", "TyreScore_algorithm_output")
}

/// Products per make, model and size, merged over all runs.
pub(super) fn cam_sku() -> TableName {
    TableName::new("CAM_files", "CAM_SKU")
}

/// A dashboard's table.
pub(super) fn aim(table: &str) -> TableName {
    TableName::new("AIM", table)
}

/// Where products, catalogue side, are described.
pub(super) fn reference(table: &str) -> TableName {
    TableName::new("Reference_Tables", table)
}

/// What the score stages read and write.
pub(super) fn tyrescore(table: &str) -> TableName {
    TableName::new("nexus_tyrescore", table)
}

/// Checks that what a stage reads is there, naming everything that is missing.
pub(super) fn require(context: &Context<'_>, tables: &[TableName]) -> anyhow::Result<()> {
    let mut missing = Vec::new();
    for table in tables {
        let found = context.warehouse.tables(&table.dataset, &table.table)?;
        if !found.contains(table) {
            missing.push(format!("{table} (reference/{}/{}.parquet)", table.dataset, table.table));
        }
    }
    if !missing.is_empty() {
        bail!(
            "The warehouse lacks {}: put the file below the local root, or run the stage that writes it",
            missing.join(", ")
        );
    }
    Ok(())
}
