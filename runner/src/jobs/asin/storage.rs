//! The pipeline's tables in PostgreSQL: made and changed by migrations, filled by upserts.

use super::Asin;
use super::frame::{SCHEMA, Workspace};
use crate::runtime::Runtime;
use crate::secret::Secret;
use crate::serving::{Connector, upsert};
use crate::warehouse::template::{Statement, render};
use anyhow::Context as _;
use minijinja::context;
use tokio_postgres::Client;

/// Statements that were applied are noted, and never applied twice.
mod migrations {
    #![allow(missing_docs, unreachable_pub, reason = "the macro writes them, undocumented")]
    refinery::embed_migrations!("../sql/asin/postgres");
}

/// What a stage writes.
pub const OF_INGEST: &[&str] =
    &["dim_asin", "fact_timeseries_raw", "fact_reviews", "fact_keywords", "fact_orders"];
/// The mart.
pub const OF_STANDARDIZE: &[&str] = &["mart_timeseries_daily"];
/// Features, on which a view stands.
pub const OF_FEATURES: &[&str] = &["features_daily"];
/// Scores.
pub const OF_SCORE: &[&str] = &["score_baseline_daily"];
/// Predictions.
pub const OF_PREDICT: &[&str] = &["pred_rank_daily"];

/// Whether PostgreSQL lets us in.
///
/// # Errors
///
/// When it does not.
pub(super) fn reach(job: &Asin, runtime: &Runtime) -> anyhow::Result<()> {
    let connector = Connector::new(url(job)?)?;
    runtime.block_on(connector.connect()).map(drop)
}

fn url(job: &Asin) -> anyhow::Result<&Secret> {
    let url = job.config.database_url.as_ref();
    url.context("DATABASE_URL is not set: there is no PostgreSQL to publish to")
}

/// Writes the scope's day of the tables, all of them or none, and refreshes what stands on them; answers how many
/// rows that were. Rows of the same key are replaced.
///
/// # Errors
///
/// No database or one that cannot be reached, rows that it does not take.
pub fn publish(job: &Asin, runtime: &Runtime, tables: &[&str]) -> anyhow::Result<u64> {
    let url = url(job)?;
    let workspace = Workspace::open(job, false)?;
    let date = job.scope.date.unwrap_or_else(|| job.clock.today_utc()).to_string();
    let parameters = context! { schema => SCHEMA, date, days => job.settings.lookback() };
    let query = |table: &&str| render(&format!("asin/publish/{table}.sql"), parameters.clone());
    let queries: Vec<Statement> = tables.iter().map(query).collect::<Result<_, _>>()?;
    runtime.block_on(async {
        let connector = Connector::new(url)?;
        let mut client = connector.connect().await?;
        let failed = format!("Publishing to PostgreSQL at {} failed", connector.target());
        let publish = async {
            migrate(&mut client).await?;
            let transaction = client.transaction().await?;
            transaction.batch_execute("set local timezone = 'UTC'").await?;
            let mut rows = 0;
            for (table, query) in tables.iter().zip(&queries) {
                rows += upsert::upsert(&transaction, workspace.db(), query, table)
                    .await
                    .with_context(|| format!("{table} cannot be published"))?;
            }
            transaction.commit().await?;
            if tables.contains(&"features_daily") {
                let refresh = "refresh materialized view concurrently vw_features_latest";
                client
                    .batch_execute(refresh)
                    .await
                    .context("vw_features_latest stays as it was")?;
            }
            anyhow::Ok(rows)
        };
        publish.await.context(failed)
    })
}

/// Applies the migrations that are missing; one process at a time.
async fn migrate(client: &mut Client) -> anyhow::Result<()> {
    let schema = format!(
        "select pg_advisory_lock(hashtext('aim {SCHEMA} migrations')); \
         create schema if not exists {SCHEMA}; set search_path to {SCHEMA}"
    );
    client.batch_execute(&schema).await?;
    let migrated = migrations::migrations::runner().run_async(client).await;
    let unlock = format!("select pg_advisory_unlock(hashtext('aim {SCHEMA} migrations'))");
    client.batch_execute(&unlock).await?;
    migrated.context("The migrations cannot be applied")?;
    Ok(())
}
