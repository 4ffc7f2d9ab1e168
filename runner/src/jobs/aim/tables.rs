//! The tables the job reads and writes.

use super::Stage;
use crate::context::Context;
use crate::warehouse::TableName;
use crate::warehouse::template::render;
use anyhow::bail;
use minijinja::context;

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

/// The tables from outside that a stage reads; those that stages write are looked for when it runs.
pub(super) fn from_outside(stage: Stage) -> Vec<TableName> {
    match stage {
        Stage::LoadData | Stage::Placeholder => Vec::new(),
        Stage::TyreScore => vec![tyrescore("tyrescore-influence"), reference("Product_catalogue")],
        Stage::BatchRecommender | Stage::DashboardOutput => vec![aim("aim-vehiclemapping")],
        Stage::Validation => vec![reference("Product_catalogue_with_price")],
        Stage::CoreTables | Stage::DashboardTables | Stage::OutputCore => {
            vec![aim("aim-vehiclemapping"), aim("aim-catalogue"), aim("aim-manual-cams")]
        }
    }
}

/// The tables that a stage makes anew.
pub(super) fn replaced_by(stage: Stage) -> Vec<TableName> {
    match stage {
        Stage::LoadData => vec![tyrescore("CarMakeModelSales"), tyrescore("TyreScore")],
        Stage::TyreScore => vec![tyre_scores()],
        Stage::BatchRecommender => {
            vec![aim_data(), TableName::new("CAM_files", "CAM_SKU_staging")]
        }
        _ => Vec::new(),
    }
}

/// The tables that a stage adds rows to, or replaces some of; all keep aside what they do not take.
pub(super) fn added_to_by(stage: Stage) -> Vec<TableName> {
    let table = match stage {
        Stage::LoadData | Stage::Placeholder | Stage::TyreScore => None,
        Stage::BatchRecommender => Some(cam_sku()),
        Stage::Validation => Some(aim("AIM-override-file-size")),
        Stage::CoreTables => Some(aim("aim-analysis-table")),
        Stage::DashboardTables => Some(aim("AIM-override-file")),
        Stage::OutputCore => Some(aim("aim_token_fact")),
        Stage::DashboardOutput => Some(aim("aim-merchandising-report")),
    };
    table.into_iter().chain([aim("aim-rejected-rows")]).collect()
}

/// The columns that are read of a table that comes from outside; none of a table that stages write.
pub(super) fn columns_read(table: &TableName) -> &'static [&'static str] {
    match (&*table.dataset, &*table.table) {
        ("Reference_Tables", "Product_catalogue") => &["SKU", "run_flat"],
        ("Reference_Tables", "Product_catalogue_with_price") => &["SKU", "Brand"],
        ("nexus_tyrescore", "tyrescore-influence") => &[
            "Vehicle",
            "Segment",
            "PRICE_pct",
            "GRADE_pct",
            "FUEL_pct",
            "WET_GRIP_pct",
            "AWARD_SCORE_pct",
        ],
        ("AIM", "aim-vehiclemapping") => {
            &["vehicle", "CarMake", "CarModel", "Pod", "Category", "Segment"]
        }
        ("AIM", "aim-catalogue") => &["Product_ID", "Manufacturer", "Model_Name", "OE"],
        ("AIM", "aim-manual-cams") => &["CAM"],
        _ => &[],
    }
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
    tables.iter().try_for_each(|table| require_columns(context, table))
}

fn require_columns(context: &Context<'_>, table: &TableName) -> anyhow::Result<()> {
    let wanted = columns_read(table);
    if wanted.is_empty() {
        return Ok(());
    }
    let TableName { dataset, table: name } = table;
    let query = render("aim/columns.sql", context! { dataset, name })?;
    let rows = context.warehouse.rows(&query)?;
    let columns: Vec<String> = rows.into_iter().flatten().flatten().collect();
    // The engine finds columns whatever their case.
    let is_there =
        |wanted: &&&str| columns.iter().any(|column| column.eq_ignore_ascii_case(wanted));
    let missing: Vec<&str> = wanted.iter().filter(|wanted| !is_there(wanted)).copied().collect();
    if !missing.is_empty() {
        bail!(
            "The table {table} lacks the columns {}: it has {}; correct its file below reference/{dataset}",
            missing.join(", "),
            columns.join(", ")
        );
    }
    Ok(())
}
