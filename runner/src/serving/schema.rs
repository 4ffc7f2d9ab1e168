//! Which PostgreSQL type holds which Arrow type.

use crate::warehouse::template::quote_identifier;
use anyhow::bail;
use duckdb::arrow::datatypes::{DataType, Schema, TimeUnit};

/// The column list of a table that holds this schema.
pub(super) fn columns(schema: &Schema) -> anyhow::Result<String> {
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let name = quote_identifier(field.name());
        columns.push(format!("{name} {}", type_name(field.name(), field.data_type())?));
    }
    Ok(columns.join(", "))
}

fn type_name(column: &str, data_type: &DataType) -> anyhow::Result<String> {
    Ok(match data_type {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 | DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        DataType::Utf8 => "text".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => "timestamptz".to_owned(),
        DataType::Decimal128(precision, scale) => format!("numeric({precision}, {scale})"),
        other => bail!("The column {column} is of type {other}, which is not published: cast it"),
    })
}
