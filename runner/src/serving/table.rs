//! A base table in PostgreSQL: staging, load, reconciliation, swap.

use super::catalog::{self, Relation};
use super::checksum::Checksum;
use super::connection::{Connector, is_transient};
use super::extension::copy_attributes;
use super::fingerprint::Fingerprint;
use super::load::load;
use super::lock::{self, Hold};
use super::reject::Rejected;
use super::rows::Rows;
use super::staging::{self, SwapPatience};
use super::verify::{self, Found};
use crate::config::reco::{DecimalMode, Table};
use crate::warehouse::template::{quote_identifier, render};
use anyhow::{Context as _, bail, ensure};
use minijinja::context;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_postgres::Client;

/// Loads are tried so often where the connection breaks or the server restarts.
const LOAD_TRIES: u32 = 3;

/// How an import is done.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Connections that load side by side.
    pub jobs: usize,
    /// Fewer rows are refused.
    pub min_rows: u64,
    /// The share of the live rows that may vanish, 0 to 1.
    pub max_shrink: f64,
    /// Neither of the two is looked at.
    pub force: bool,
    /// What a decimal column is.
    pub decimals: DecimalMode,
    /// The sum of the rows' hashes that the export found, where it holds for this import.
    pub expected: Option<u64>,
    /// How long another run on the table is waited for.
    pub lock_wait: Duration,
    /// How long readers are waited for.
    pub patience: SwapPatience,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Imported {
    /// What is live now.
    pub checksum: Checksum,
    /// Seconds of the load alone.
    pub load_seconds: f64,
    /// Connections that loaded.
    pub jobs: usize,
    /// What is strange about the data, in words.
    pub remarks: Vec<String>,
}

/// Replaces a table by the rows of its shards.
///
/// # Errors
///
/// When anything does not agree; then the live table is as it was.
pub async fn import(
    connector: &Connector,
    schema: &str,
    table: &Table,
    rows: Arc<Rows>,
    run_id: &str,
    options: &ImportOptions,
) -> anyhow::Result<Imported> {
    let mut client = connector.session().await?;
    let full_name = format!("{schema}.{}", table.name);
    lock::acquire(&client, &full_name, Hold::Alone, options.lock_wait).await?;
    for name in staging::clear(&client, schema, &table.name, run_id).await? {
        tracing::info!("dropped {name}, which an earlier run left behind");
    }
    let live = catalog::relation(&client, schema, &table.name).await?;
    if let Some(live) = &live {
        ensure_replaceable(&client, &full_name, live).await?;
    }
    let expected = rows.shards.iter().map(|shard| shard.rows).sum();
    if !options.force {
        ensure_plausible(&client, schema, table, live.is_some(), expected, options).await?;
    }
    let import = Import { connector, schema, table, rows, run_id, options };
    let mut attempt = 1;
    let (sent, jobs, load_seconds) = loop {
        match import.load(&client, live.as_ref()).await {
            Ok(loaded) => break loaded,
            Err(error) => {
                import.discard(&client).await;
                if attempt >= LOAD_TRIES || !is_transient(&error) || client.is_closed() {
                    return Err(error);
                }
                attempt += 1;
                tracing::warn!("{error:#}; loading again from the start");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    };
    let finish = import.finish(&mut client, live.is_some(), sent, expected, jobs).await;
    if finish.is_err() {
        import.discard(&client).await;
    }
    let found = finish?;
    Ok(Imported { checksum: found.checksum, load_seconds, jobs, remarks: found.remarks(table) })
}

/// Refuses what cannot be swapped, before anything is loaded.
async fn ensure_replaceable(client: &Client, name: &str, live: &Relation) -> anyhow::Result<()> {
    ensure!(live.kind == 'r', "{name} is no plain table: rename it, or another table");
    let dependents = catalog::dependents(client, live.oid).await?;
    ensure!(
        dependents.is_empty(),
        "{name} cannot be replaced: {} reads it directly and would keep the old rows; let it read a \
         function that selects from the table, or drop it",
        dependents.join(", ")
    );
    let extras = catalog::extras(client, live.oid).await?;
    if !extras.is_empty() {
        tracing::warn!("{name} has what the new table will not have: {}", extras.join(", "));
    }
    Ok(())
}

/// Refuses far fewer rows than there are.
async fn ensure_plausible(
    client: &Client,
    schema: &str,
    table: &Table,
    is_live: bool,
    rows: u64,
    options: &ImportOptions,
) -> anyhow::Result<()> {
    let name = &table.name;
    ensure!(
        rows >= options.min_rows,
        "{name} would have {rows} rows, fewer than {}: see what was exported, or give --min-rows or --force",
        options.min_rows
    );
    if is_live {
        let count =
            format!("select count(*) from {}.{}", quote_identifier(schema), quote_identifier(name));
        let live: i64 = client.query_one(&count, &[]).await?.get(0);
        let least = live as f64 * (1.0 - options.max_shrink);
        ensure!(
            rows as f64 >= least,
            "{name} would shrink from {live} rows to {rows}, by more than {} %: see what was exported, or \
             give --max-shrink or --force",
            options.max_shrink * 100.0
        );
    }
    Ok(())
}

struct Import<'a> {
    connector: &'a Connector,
    schema: &'a str,
    table: &'a Table,
    rows: Arc<Rows>,
    run_id: &'a str,
    options: &'a ImportOptions,
}

impl Import<'_> {
    fn staging(&self) -> String {
        staging::name(&self.table.name, self.run_id)
    }

    fn quoted(&self, name: &str) -> String {
        format!("{}.{}", quote_identifier(self.schema), quote_identifier(name))
    }

    /// Makes the staging table and fills it; what was sent, over how many connections, and how long that took.
    async fn load(
        &self,
        client: &Client,
        live: Option<&Relation>,
    ) -> anyhow::Result<(Fingerprint, usize, f64)> {
        let needs_postgis = self.table.columns.iter().find(|c| c.column_type.needs_postgis());
        let postgis = match (catalog::postgis(client).await?, needs_postgis) {
            (Some(schema), _) => schema,
            (None, None) => String::new(),
            (None, Some(column)) => bail!(
                "{}.{} is a geometry, and PostGIS is missing at {}: create extension postgis",
                self.table.name,
                column.name,
                self.connector.target()
            ),
        };
        self.rows.rejects.reset()?;
        let staging = self.quoted(&self.staging());
        let columns: Vec<String> = self
            .table
            .columns
            .iter()
            .map(|column| {
                let sql_type = column.column_type.sql(self.options.decimals, &postgis);
                format!("{} {sql_type}", quote_identifier(&column.name))
            })
            .collect();
        let storage = live.map(Relation::storage_clause).unwrap_or_default();
        let create = format!("create table {staging} ({}){storage}", columns.join(", "));
        let started = Instant::now();
        let (sent, jobs) = load(self.connector, &staging, &create, &self.rows, self.options.jobs)
            .await
            .with_context(|| format!("{} cannot be loaded", self.table.name))?;
        Ok((sent, jobs, started.elapsed().as_secs_f64()))
    }

    /// Reads back, analyses and swaps; what is in the table.
    async fn finish(
        &self,
        client: &mut Client,
        exists: bool,
        sent: Fingerprint,
        expected: u64,
        jobs: usize,
    ) -> anyhow::Result<Found> {
        let rejected = self.rows.rejects.finish()?;
        ensure!(
            sent.rows + rejected.rows == expected,
            "The shards promise {expected} rows of {}, and hold {}: export it again",
            self.table.name,
            sent.rows + rejected.rows
        );
        let staging = self.staging();
        let relation = self.quoted(&staging);
        let analyze = format!("analyze {relation}");
        // Beside each other: one is the client's work as much as the server's.
        let (found, analysed) = tokio::join!(
            verify::read_back(self.connector, &relation, self.table, jobs),
            client.batch_execute(&analyze)
        );
        let found = found.with_context(|| format!("{} cannot be verified", self.table.name))?;
        analysed?;
        ensure!(
            found.fingerprint == sent,
            "{} was not loaded as it was sent: of {} rows sent, {} came back, and they differ. The live \
             table is as it was",
            self.table.name,
            sent.rows,
            found.fingerprint.rows
        );
        if let Some(sum) = self.options.expected.filter(|_| rejected == Rejected::default()) {
            ensure!(
                sum == found.checksum.sum,
                "The rows of {} are not those that were exported: read {}, and the manifest says {sum}",
                self.table.name,
                found.checksum
            );
        }
        if jobs > 1 {
            staging::outlast_snapshots(client, &self.table.name, self.options.patience).await?;
        }
        let old = staging::old_name(&self.table.name, self.run_id);
        let swap = render(
            "reco/swap_table.sql",
            context! {
                schema => self.schema, live => &self.table.name, exists,
                old_relation => self.quoted(&old), new_relation => relation,
                copy_attributes => copy_attributes()?, staging, old,
            },
        )?;
        staging::swap(client, &self.table.name, &swap.sql, self.options.patience)
            .await
            .with_context(|| format!("{} cannot be put in place", self.table.name))?;
        Ok(found)
    }

    /// Drops the staging table. Where even that fails, the next run on the table does it.
    async fn discard(&self, client: &Client) {
        let drop = format!("drop table if exists {}", self.quoted(&self.staging()));
        if let Err(error) = client.batch_execute(&drop).await {
            tracing::warn!("{} stays until the next run or `aim gc`: {error}", self.staging());
        }
    }
}
