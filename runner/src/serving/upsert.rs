//! Rows of the warehouse into tables that stay: new rows are added, those with a known key are replaced.

use super::encode::Encoder;
use super::schema;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_identifier};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::Transaction;

/// How much is gathered before it is sent.
const SEND_SIZE: usize = 1 << 20;

/// Writes what a query of the warehouse returns into `table`, by its primary key; answers how many rows. Columns
/// go to those of the same name, cast to their types.
///
/// # Errors
///
/// The warehouse's or the server's; a table without a primary key, a column that it does not have.
pub async fn upsert(
    transaction: &Transaction<'_>,
    warehouse: &DuckDb,
    query: &Statement,
    table: &str,
) -> anyhow::Result<u64> {
    let mut statement = warehouse.prepare(query)?;
    let batches = statement.stream_arrow([])?;
    let arrow = batches.get_schema();
    let staged = quote_identifier(&format!("{table}__arrived"));
    let create =
        format!("create temp table {staged} ({}) on commit drop", schema::columns(&arrow)?);
    transaction.batch_execute(&create).await?;
    let sink = transaction
        .copy_in::<_, Bytes>(&format!("copy {staged} from stdin (format binary)"))
        .await?;
    futures_util::pin_mut!(sink);
    let mut encoder = Encoder::new(&arrow)?;
    for batch in batches {
        encoder.batch(&batch?)?;
        if encoder.len() >= SEND_SIZE {
            sink.send(encoder.take()).await?;
        }
    }
    sink.send(encoder.finish()).await?;
    sink.finish().await?;
    let columns: Vec<&str> = arrow.fields().iter().map(|field| &**field.name()).collect();
    let merge = merge(transaction, table, &staged, &columns).await?;
    Ok(transaction.execute(&*merge, &[]).await?)
}

async fn merge(
    transaction: &Transaction<'_>,
    table: &str,
    staged: &str,
    columns: &[&str],
) -> anyhow::Result<String> {
    let query = "select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(a.attnum = any(i.indkey), false) \
                 from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary \
                 where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped";
    let quoted = quote_identifier(table);
    let known = transaction.query(query, &[&quoted]).await?;
    if known.is_empty() {
        bail!("There is no table {table}: its migrations were not applied");
    }
    let mut keys = Vec::new();
    let mut values = Vec::new();
    let mut updates = Vec::new();
    for column in columns {
        let found = known.iter().find(|row| row.get::<_, &str>(0) == *column);
        let row = found.with_context(|| format!("{table} has no column {column}"))?;
        let (kind, is_key): (&str, bool) = (row.get(1), row.get(2));
        let name = quote_identifier(column);
        values.push(format!("{name}::{kind}"));
        if is_key {
            keys.push(name);
        } else {
            updates.push(format!("{name} = excluded.{name}"));
        }
    }
    if keys.is_empty() {
        bail!("{table} has no primary key to replace rows by");
    }
    let names: Vec<String> = columns.iter().map(|column| quote_identifier(column)).collect();
    let update = match updates.is_empty() {
        true => "nothing".to_owned(),
        false => format!("update set {}", updates.join(", ")),
    };
    Ok(format!(
        "insert into {quoted} ({}) select {} from {staged} on conflict ({}) do {update}",
        names.join(", "),
        values.join(", "),
        keys.join(", ")
    ))
}
