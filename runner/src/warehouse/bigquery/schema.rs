//! Which type a column has there.

use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_literal};
use anyhow::{Context as _, bail};
use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;

/// The columns of a local table as BigQuery's, in order.
///
/// # Errors
///
/// When a column has a type that no table of a job has.
pub fn fields(warehouse: &DuckDb, table: &TableName) -> anyhow::Result<Vec<TableFieldSchema>> {
    let query = Statement::new(
        format!("The columns of {table}"),
        format!(
            "select column_name, data_type from information_schema.columns \
             where table_schema = {} and table_name = {} order by ordinal_position",
            quote_literal(&table.dataset),
            quote_literal(&table.table)
        ),
    );
    let rows = warehouse.rows(&query)?;
    rows.into_iter()
        .map(|row| {
            let [Some(name), Some(kind)] = &row[..] else { bail!("{table} has no columns") };
            field(name, kind).with_context(|| format!("{table} has a column {name}"))
        })
        .collect()
}

/// A column of this type of the local engine.
///
/// # Errors
///
/// When no table of a job has such a type.
pub fn field(name: &str, kind: &str) -> anyhow::Result<TableFieldSchema> {
    let parts = kind.strip_prefix("STRUCT(").and_then(|kind| kind.strip_suffix(')'));
    let Some(parts) = parts else { return Ok(TableFieldSchema::new(name, field_type(kind)?)) };
    let part = |part: &str| {
        let (name, kind) = part.rsplit_once(' ').context("A part has a name and a type")?;
        field(name.trim_matches('"'), kind)
    };
    let fields = parts.split(", ").map(part).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(TableFieldSchema::record(name, fields))
}

fn field_type(kind: &str) -> anyhow::Result<FieldType> {
    Ok(match kind {
        "VARCHAR" => FieldType::String,
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" => FieldType::Integer,
        "FLOAT" | "DOUBLE" => FieldType::Float,
        "BOOLEAN" => FieldType::Boolean,
        "DATE" => FieldType::Date,
        "TIMESTAMP" => FieldType::Datetime,
        "TIMESTAMP WITH TIME ZONE" => FieldType::Timestamp,
        _ if is_numeric(kind) => FieldType::Numeric,
        _ => bail!("its type {kind} has no counterpart in BigQuery"),
    })
}

/// NUMERIC holds 29 digits before the point and nine behind it.
fn is_numeric(kind: &str) -> bool {
    let digits = kind.strip_prefix("DECIMAL(").and_then(|kind| kind.strip_suffix(')'));
    let digits = digits.and_then(|digits| {
        let (all, behind) = digits.split_once(',')?;
        Some((all.trim().parse::<u8>().ok()?, behind.trim().parse::<u8>().ok()?))
    });
    digits.is_some_and(|(all, behind)| behind <= 9 && all <= behind + 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_order_and_kind() {
        let engine = DuckDb::open_bare(None, &[]).expect("an engine");
        let create = "create schema d; create table d.\"a-b\" \
            (x varchar, y bigint, z double, moment timestamptz, day date, ok boolean, n decimal(38, 9))";
        engine.connection().execute_batch(create).expect("a table");
        let fields = fields(&engine, &TableName::new("d", "a-b")).expect("fields");
        let text = serde_json::to_value(&fields).expect("JSON");
        let kinds: Vec<_> =
            text.as_array().expect("a list").iter().map(|f| f["type"].clone()).collect();
        assert_eq!(
            kinds,
            ["STRING", "INTEGER", "FLOAT", "TIMESTAMP", "DATE", "BOOLEAN", "NUMERIC"]
        );
        engine.connection().execute_batch("create table d.t (x decimal(38, 0))").expect("a table");
        let error = super::fields(&engine, &TableName::new("d", "t")).unwrap_err();
        assert!(format!("{error:#}").contains("DECIMAL(38,0)"), "{error:#}");
    }
}
