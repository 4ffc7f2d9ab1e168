//! Columns in Arrow's terms as BigQuery's load jobs want them.

use anyhow::bail;
use duckdb::arrow::datatypes::{DataType, Field};
use serde_json::{Value, json};

/// A column as BigQuery's load jobs want it.
pub(crate) fn field(column: &Field) -> anyhow::Result<Value> {
    let name = column.name();
    if let DataType::List(element) = column.data_type() {
        let mut repeated = field(element)?;
        repeated["name"] = json!(name);
        repeated["mode"] = json!("REPEATED");
        return Ok(repeated);
    }
    let kind = match column.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "STRING",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BYTES",
        DataType::Int32 | DataType::Int64 => "INT64",
        DataType::Float64 => "FLOAT64",
        DataType::Boolean => "BOOL",
        DataType::Date32 => "DATE",
        DataType::Timestamp(..) => "TIMESTAMP",
        DataType::Decimal128(..) => "NUMERIC",
        DataType::Struct(parts) => {
            let parts = parts.iter().map(|part| field(part)).collect::<Result<Vec<_>, _>>()?;
            return Ok(json!({"name": name, "type": "RECORD", "fields": parts}));
        }
        other => bail!("{name} is {other}, which BigQuery is not told how to load"),
    };
    Ok(json!({"name": name, "type": kind}))
}
