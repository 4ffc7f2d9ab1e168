//! Which PostgreSQL type holds which Arrow type, where a table of the warehouse is published as it is.

use crate::config::reco::{ColumnType, DecimalMode};
use crate::warehouse::template::quote_identifier;
use anyhow::bail;
use duckdb::arrow::datatypes::{DataType, Schema, TimeUnit};

/// The column list of a table that holds this schema.
pub(super) fn columns(schema: &Schema) -> anyhow::Result<String> {
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let name = quote_identifier(field.name());
        let sql_type = match field.data_type() {
            DataType::Timestamp(_, Some(_)) => "timestamptz".to_owned(),
            DataType::Decimal128(precision, scale) => format!("numeric({precision}, {scale})"),
            other => column_type(field.name(), other)?.sql(DecimalMode::Exact, ""),
        };
        columns.push(format!("{name} {sql_type}"));
    }
    Ok(columns.join(", "))
}

/// What cells of this type become.
pub(super) fn column_type(column: &str, data_type: &DataType) -> anyhow::Result<ColumnType> {
    Ok(match data_type {
        DataType::Boolean => ColumnType::Boolean,
        DataType::Int8 | DataType::Int16 => ColumnType::Smallint,
        DataType::Int32 => ColumnType::Integer,
        DataType::Int64 => ColumnType::Bigint,
        DataType::Float32 => ColumnType::Real,
        DataType::Float64 => ColumnType::Double,
        DataType::Utf8 => ColumnType::Text,
        DataType::Date32 => ColumnType::Date,
        DataType::Timestamp(TimeUnit::Microsecond, _) => ColumnType::Timestamp,
        DataType::Decimal128(..) => ColumnType::Numeric,
        other => bail!("The column {column} is of type {other}, which is not published: cast it"),
    })
}
