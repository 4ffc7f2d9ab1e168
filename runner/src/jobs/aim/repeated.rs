//! Keys that stand more than once in what the stages read: one row of each counts, all are kept aside.

use super::{Choices, Stage, tables};
use crate::context::Context;
use crate::warehouse::TableName;
use crate::warehouse::template::{Statement, render};
use minijinja::context;

/// What makes two tyres of one product different ones; their prices are averaged.
const TYRE_VALUES: [&str; 11] = [
    "Grade",
    "Size",
    "Manufacturer",
    "Model",
    "WetGrip",
    "Fuel",
    "Noise",
    "Season",
    "Offer",
    "OE",
    "AwardScore",
];

/// The column of a table's key, and what its rows are joined by.
fn key(table: &TableName) -> Option<(&'static str, &'static str)> {
    match &*table.table {
        "TyreScore" => Some(("ProductId", "\"ProductId\"")),
        "Product_catalogue" | "Product_catalogue_with_price" => {
            Some(("SKU", "cast(\"SKU\" as varchar)"))
        }
        "tyrescore-influence" => {
            Some(("Vehicle", "upper(regexp_replace(\"Vehicle\", '\\s+', '', 'g'))"))
        }
        "aim-vehiclemapping" => Some(("vehicle", "vehicle_key(vehicle)")),
        "aim-catalogue" => Some(("Product_ID", "safe_int(cast(\"Product_ID\" as varchar))")),
        _ => None,
    }
}

/// Looks for them in the tables from outside that these stages read.
pub(super) fn from_outside(context: &mut Context<'_>, stages: &[Stage]) -> anyhow::Result<()> {
    let mut read: Vec<TableName> = Vec::new();
    for table in stages.iter().flat_map(|stage| tables::from_outside(*stage)) {
        if !read.contains(&table) {
            read.push(table);
        }
    }
    let statements = read
        .iter()
        .filter_map(|table| statement(context, table, tables::columns_read(table)).transpose())
        .collect::<anyhow::Result<Vec<_>>>()?;
    context.execute(&statements)
}

/// Looks for them among the tyres.
pub(super) fn tyres(context: &mut Context<'_>) -> anyhow::Result<()> {
    let statement = statement(context, &tables::tyrescore("TyreScore"), &TYRE_VALUES)?;
    context.execute(statement.as_slice())
}

fn statement(
    context: &Context<'_>,
    table: &TableName,
    columns: &[&'static str],
) -> anyhow::Result<Option<Statement>> {
    let is_wanted = Choices::of(context.config.compat).one_row_per_key;
    let Some((column, key)) = key(table).filter(|_| is_wanted) else { return Ok(None) };
    let values: Vec<&'static str> =
        columns.iter().copied().filter(|name| *name != column).collect();
    let (dataset, name, run_id) = (&table.dataset, &table.table, &context.run_id);
    let parameters = context! { dataset, name, column, key, values, run_id };
    render("aim/repeated_keys.sql", parameters).map(Some)
}
