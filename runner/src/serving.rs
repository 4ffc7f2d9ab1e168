//! PostgreSQL, where dashboards and shops read.
//!
//! Tables are loaded beside the live ones and renamed into their place, all in one transaction:
//! readers see the old tables or the new ones.

mod encode;
mod schema;

use crate::secret::Secret;
use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_identifier};
use anyhow::Context as _;
use bytes::Bytes;
use encode::Encoder;
use futures_util::SinkExt as _;
use std::time::Duration;
use tokio_postgres::{Client, Config, NoTls, Transaction, config::Host};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

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
        let mut config: Config = url.expose().parse().ok().context(
            "DATABASE_URL is no PostgreSQL address: write postgresql://user:password@host:port/database",
        )?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.application_name("aim");
        let target = describe(&config);
        let (client, connection) = config.connect(NoTls).await.with_context(|| {
            format!("PostgreSQL at {target} cannot be reached: check DATABASE_URL and the server")
        })?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!("The connection to PostgreSQL ended: {error}");
            }
        });
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

fn describe(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().or(config.get_user()).unwrap_or("its default database");
    format!("{host}:{port}, database {database}")
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
    let copy = format!("copy {staging} from stdin (format binary)");
    let sink = transaction.copy_in::<_, Bytes>(&copy).await?;
    futures_util::pin_mut!(sink);
    let mut encoder = Encoder::new();
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
