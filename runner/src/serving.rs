//! PostgreSQL, where dashboards, shops and recommendation services read.
//!
//! Tables are loaded beside the live ones and renamed into their place: readers see the old tables or
//! the new ones.
//!
//! * This file publishes tables of the warehouse as they are, all in one transaction.
//! * [`table`] and [`view`] replace large tables from Parquet and the views on them, verified first.

mod address;
mod cast;
mod catalog;
pub mod check;
mod checksum;
mod connection;
mod decode;
mod encode;
pub mod extension;
mod failure;
mod fingerprint;
pub mod gc;
mod load;
mod lock;
mod numeric;
mod reject;
mod rows;
mod schema;
mod shard;
mod staging;
pub mod status;
pub mod table;
mod tls;
pub mod upsert;
mod value;
mod verify;
pub mod view;
mod wkb;

pub use cast::CastOptions;
pub use checksum::Checksum;
pub use connection::Connector;
pub use failure::Failure;
pub use reject::{OnBadRow, Rejected, Rejects};
pub use rows::Rows;
pub use shard::Shard;
pub use staging::SwapPatience;

use crate::secret::Secret;
use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_identifier};
use anyhow::Context as _;
use bytes::Bytes;
use encode::Encoder;
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Transaction};

/// How long the swap waits for readers of the live tables.
const LOCK_TIMEOUT: &str = "30s";

/// How much is gathered before it is sent.
const SEND_SIZE: usize = 1 << 20;

/// A connection to the serving database.
pub struct Publisher {
    client: Client,
    /// Host, port and database, for messages.
    target: String,
}

impl Publisher {
    /// Connects.
    ///
    /// # Errors
    ///
    /// When the address is not understood or the server does not answer. The message names host,
    /// port and database, never the password.
    pub async fn connect(url: &Secret) -> anyhow::Result<Self> {
        let connector = Connector::new(url)?;
        let client = connector.connect().await?;
        let target = connector.target().to_owned();
        Ok(Self { client, target })
    }

    /// Replaces the tables by those of the warehouse; answers their names and rows.
    ///
    /// # Errors
    ///
    /// The server's, with the table; then nothing has changed.
    pub async fn publish(
        mut self,
        warehouse: &DuckDb,
        tables: &[TableName],
        run_id: &str,
    ) -> anyhow::Result<Vec<(String, u64)>> {
        let failed = format!("Publishing to PostgreSQL at {} failed", self.target);
        let publish = async {
            let transaction = self.client.transaction().await?;
            let mut published = Vec::new();
            for table in tables {
                let rows = load(&transaction, warehouse, table, run_id)
                    .await
                    .with_context(|| format!("{table} cannot be published"))?;
                published.push((table.to_string(), rows));
            }
            transaction
                .batch_execute(&format!("set local lock_timeout = '{LOCK_TIMEOUT}'"))
                .await?;
            for table in tables {
                swap(&transaction, table, run_id)
                    .await
                    .with_context(|| format!("{table} cannot be put in place"))?;
            }
            transaction.commit().await?;
            anyhow::Ok(published)
        };
        publish.await.context(failed)
    }
}

/// The table that is loaded beside `table`.
fn staging(table: &TableName, run_id: &str) -> String {
    // PostgreSQL cuts names at 63 bytes: the run id must survive.
    let name: String = table.table.chars().take(40).collect();
    format!(
        "{}.{}",
        quote_identifier(&table.dataset),
        quote_identifier(&format!("{name}__{run_id}"))
    )
}

fn live(table: &TableName) -> String {
    format!("{}.{}", quote_identifier(&table.dataset), quote_identifier(&table.table))
}

/// Creates and fills the staging table; answers its rows.
async fn load(
    transaction: &Transaction<'_>,
    warehouse: &DuckDb,
    table: &TableName,
    run_id: &str,
) -> anyhow::Result<u64> {
    let query = Statement::new(table.to_string(), format!("select * from {}", live(table)));
    let mut statement = warehouse.prepare(&query)?;
    let batches = statement.stream_arrow([])?;
    let staging = staging(table, run_id);
    let columns = schema::columns(&batches.get_schema())?;
    transaction
        .batch_execute(&format!(
            "create schema if not exists {}; create table {staging} ({columns})",
            quote_identifier(&table.dataset),
        ))
        .await?;
    let copy = format!("copy {staging} from stdin (format binary, freeze)");
    let sink = transaction.copy_in::<_, Bytes>(&copy).await?;
    futures_util::pin_mut!(sink);
    let mut encoder = Encoder::new(&batches.get_schema())?;
    for batch in batches {
        encoder.batch(&batch?)?;
        if encoder.len() >= SEND_SIZE {
            sink.send(encoder.take()).await?;
        }
    }
    sink.send(encoder.finish()).await?;
    let rows = sink.finish().await?;
    transaction.batch_execute(&format!("analyze {staging}")).await?;
    Ok(rows)
}

async fn swap(
    transaction: &Transaction<'_>,
    table: &TableName,
    run_id: &str,
) -> anyhow::Result<()> {
    let (staging, live) = (staging(table, run_id), live(table));
    let name = quote_identifier(&table.table);
    transaction
        .batch_execute(&format!(
            "drop table if exists {live}; alter table {staging} rename to {name}"
        ))
        .await?;
    Ok(())
}
