//! A materialised view: built and indexed beside the live one, swapped in one short transaction.

mod definition;

use super::catalog;
use super::connection::{Connector, lock_failure};
use super::extension::copy_attributes;
use super::failure::Failure;
use super::lock::{self, Hold};
use super::staging::{self, SwapPatience};
use crate::config::reco::{Definitions, View};
use crate::warehouse::template::{quote_identifier, render};
use anyhow::{Context as _, ensure};
pub(super) use definition::Definition;
use minijinja::context;
use std::time::{Duration, Instant};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// How a view is brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RefreshMode {
    /// Build another beside it, and swap: readers wait for a moment at most.
    Swap,
    /// REFRESH … CONCURRENTLY: readers never wait, the rows are compared one by one.
    Concurrent,
    /// REFRESH: readers wait until it is done.
    Plain,
}

/// How views are built.
#[derive(Debug, Clone)]
pub struct RefreshOptions {
    /// Which way.
    pub mode: RefreshMode,
    /// How long another run on the view, or an import of its base, is waited for.
    pub lock_wait: Duration,
    /// How long readers are waited for.
    pub patience: SwapPatience,
    /// Memory of an index build, as PostgreSQL writes it.
    pub maintenance_work_mem: String,
}

/// What a refresh did.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The view's name.
    pub view: String,
    /// Its rows.
    pub rows: u64,
    /// Seconds in all.
    pub seconds: f64,
    /// Columns that are left out, because PostGIS is missing.
    pub left_out: Vec<String>,
}

/// Brings one view up to date.
///
/// # Errors
///
/// [`Failure::DuplicateKeys`] with the keys, [`Failure::Locked`], or the server's. The live view is as it
/// was then.
pub async fn refresh(
    connector: &Connector,
    definitions: &Definitions,
    view: &View,
    run_id: &str,
    options: &RefreshOptions,
) -> anyhow::Result<Refreshed> {
    let started = Instant::now();
    let schema = &definitions.schema;
    let mut client = connector.session().await?;
    let [base, name] = [&view.from, &view.name].map(|name| format!("{schema}.{name}"));
    lock::acquire(&client, &base, Hold::Shared, options.lock_wait).await?;
    lock::acquire(&client, &name, Hold::Alone, options.lock_wait).await?;
    for name in staging::clear(&client, schema, &view.name, run_id).await? {
        tracing::info!("dropped {name}, which an earlier run left behind");
    }
    let mut left_out = Vec::new();
    let rows = if options.mode == RefreshMode::Swap {
        let build = Build::new(&client, schema, view, run_id).await?;
        left_out.clone_from(&build.definition.left_out);
        let rows = build.run(connector, &mut client, options).await;
        if rows.is_err() {
            build.discard(&client).await;
        }
        rows?
    } else {
        in_place(&client, schema, view, run_id, options).await?
    };
    Ok(Refreshed {
        view: view.name.clone(),
        rows,
        seconds: started.elapsed().as_secs_f64(),
        left_out,
    })
}

async fn in_place(
    client: &Client,
    schema: &str,
    view: &View,
    run_id: &str,
    options: &RefreshOptions,
) -> anyhow::Result<u64> {
    ensure!(
        catalog::relation(client, schema, &view.name).await?.is_some(),
        "{} does not exist yet: materialize it once with --mode swap",
        view.name
    );
    let quoted = format!("{}.{}", quote_identifier(schema), quote_identifier(&view.name));
    let (concurrently, mode) = match options.mode {
        RefreshMode::Concurrent => ("concurrently ", "concurrent"),
        _ => ("", "plain"),
    };
    let timeout = options.patience.lock_timeout.as_millis().max(1);
    client.batch_execute(&format!("set lock_timeout = {timeout}")).await?;
    let refresh = format!("refresh materialized view {concurrently}{quoted}");
    client.batch_execute(&refresh).await.map_err(|error| {
        if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
            return Failure::DuplicateKeys(format!(
                "{} would have rows with the same key: {}",
                view.name,
                error.as_db_error().and_then(|e| e.detail()).unwrap_or("see the server's log")
            ))
            .into();
        }
        lock_failure(error, &format!("{} is in use and was not refreshed", view.name))
    })?;
    client.batch_execute(&format!("set lock_timeout = 0; analyze {quoted}")).await?;
    let rows = count(client, &quoted).await?;
    if schema == "public" {
        let log = context! { live => &view.name, run_id, mode, rows };
        client.batch_execute(&render("reco/log_build.sql", log)?.sql).await?;
    }
    Ok(rows)
}

async fn count(client: &Client, quoted: &str) -> anyhow::Result<u64> {
    let row = client.query_one(&format!("select count(*) from {quoted}"), &[]).await?;
    Ok(row.get::<_, i64>(0).unsigned_abs())
}

/// The building of one view beside the live one.
struct Build<'a> {
    schema: &'a str,
    view: &'a View,
    run_id: &'a str,
    definition: Definition,
    exists: bool,
    storage: String,
}

impl<'a> Build<'a> {
    async fn new(
        client: &Client,
        schema: &'a str,
        view: &'a View,
        run_id: &'a str,
    ) -> anyhow::Result<Self> {
        ensure!(
            catalog::relation(client, schema, &view.from).await?.is_some(),
            "{} reads {schema}.{}, which does not exist: import it first",
            view.name,
            view.from
        );
        let live = catalog::relation(client, schema, &view.name).await?;
        if let Some(live) = &live {
            ensure!(live.kind == 'm', "{schema}.{} is no materialised view: rename it", view.name);
            let dependents = catalog::dependents(client, live.oid).await?;
            ensure!(
                dependents.is_empty(),
                "{} cannot be replaced: {} reads it directly; drop that, or use --mode concurrent",
                view.name,
                dependents.join(", ")
            );
        }
        let postgis = catalog::postgis(client).await?;
        let definition = Definition::new(schema, view, postgis.as_deref())?;
        if let Some(helper) = &view.helper {
            client.batch_execute(&render(helper, context! {})?.sql).await?;
        }
        let storage = live.as_ref().map(catalog::Relation::storage_clause).unwrap_or_default();
        Ok(Self { schema, view, run_id, definition, exists: live.is_some(), storage })
    }

    fn staging(&self) -> String {
        staging::name(&self.view.name, self.run_id)
    }

    fn quoted(&self, name: &str) -> String {
        format!("{}.{}", quote_identifier(self.schema), quote_identifier(name))
    }

    async fn run(
        &self,
        connector: &Connector,
        client: &mut Client,
        options: &RefreshOptions,
    ) -> anyhow::Result<u64> {
        let staging = self.staging();
        let quoted = self.quoted(&staging);
        let function = self.definition.function_statement(self.schema, &staging)?;
        client
            .batch_execute(&function)
            .await
            .with_context(|| format!("The function of {} cannot be made", self.view.name))?;
        // A refresh, unlike the making of a view, freezes the rows: they are there for every snapshot,
        // also for one that is older than the build.
        let create = format!(
            "create materialized view {quoted}{} as select * from {quoted}() with no data",
            self.storage
        );
        let filled = async {
            client.batch_execute(staging::WITHOUT_WAITING).await?;
            client.batch_execute(&create).await?;
            client.batch_execute(&format!("refresh materialized view {quoted}")).await
        };
        filled.await.with_context(|| format!("{} cannot be filled", self.view.name))?;
        let rows = self.index(connector, client, &quoted, options).await?;
        client.batch_execute(&format!("analyze {quoted}")).await?;
        let old = staging::old_name(&self.view.name, self.run_id);
        let swap = render(
            "reco/swap_view.sql",
            context! {
                schema => self.schema, live => &self.view.name, exists => self.exists,
                function => &self.view.function,
                old_relation => self.quoted(&old), new_relation => quoted,
                copy_attributes => copy_attributes()?, staging, old, run_id => self.run_id, mode => "swap", rows,
            },
        )?;
        staging::swap(client, &self.view.name, &swap.sql, options.patience)
            .await
            .with_context(|| format!("{} cannot be put in place", self.view.name))?;
        Ok(rows)
    }

    /// Builds the indexes, those that are no b-trees, the slowest, on a second connection beside the others;
    /// counts the rows meanwhile.
    async fn index(
        &self,
        connector: &Connector,
        client: &Client,
        quoted: &str,
        options: &RefreshOptions,
    ) -> anyhow::Result<u64> {
        let memory = format!(
            "set maintenance_work_mem = {}",
            crate::warehouse::template::quote_literal(&options.maintenance_work_mem)
        );
        client.batch_execute(&memory).await?;
        let suffix = definition::free_suffix(client, self.schema, &self.definition).await?;
        let statements = self.definition.index_statements(self.schema, quoted, &suffix)?;
        let (slow, quick): (Vec<_>, Vec<_>) = statements.iter().partition(|index| !index.is_btree);
        let second = if slow.is_empty() || quick.is_empty() {
            None
        } else {
            let second = connector.session().await?;
            second.batch_execute(&memory).await?;
            second.batch_execute(staging::WITHOUT_WAITING).await?;
            Some(second)
        };
        let build = async |client: &Client, indexes: &[&definition::IndexStatement]| {
            for index in indexes {
                let result = client.batch_execute(&index.sql).await;
                if let Err(error) = result {
                    return Err(self.index_failure(client, error, index).await);
                }
            }
            anyhow::Ok(())
        };
        if let Some(second) = &second {
            let counted = async {
                let rows = count(client, quoted).await?;
                build(client, &quick).await.map(|()| rows)
            };
            let quick = async {
                let built = counted.await;
                if built.is_err()
                    && let Err(error) = connector.cancel(second).await
                {
                    tracing::warn!(
                        "an index of {} is built to its end, for nothing: {error}",
                        self.view.name
                    );
                }
                built
            };
            // Where both failed, the second was cancelled.
            let (quick, slow) = tokio::join!(quick, build(second, &slow));
            let rows = quick?;
            slow.map(|()| rows)
        } else {
            build(client, &quick).await?;
            build(client, &slow).await?;
            count(client, quoted).await
        }
    }

    async fn index_failure(
        &self,
        client: &Client,
        error: tokio_postgres::Error,
        index: &definition::IndexStatement,
    ) -> anyhow::Error {
        if error.code() != Some(&SqlState::UNIQUE_VIOLATION) {
            return anyhow::Error::new(error)
                .context(format!("The index {} cannot be made", index.name));
        }
        match self.duplicates(client, &index.columns).await {
            Ok(keys) => Failure::DuplicateKeys(format!(
                "{} would have several rows with the same {}: {}. The live view is as it was; repair {} and \
                 import it again",
                self.view.name,
                index.columns.join(", "),
                keys.join("; "),
                self.view.from
            ))
            .into(),
            Err(error) => error,
        }
    }

    async fn duplicates(&self, client: &Client, columns: &[String]) -> anyhow::Result<Vec<String>> {
        let query = render(
            "reco/duplicate_keys.sql",
            context! { schema => self.schema, relation => self.staging(), columns => columns.to_vec() },
        )?;
        let rows = client.query(&query.sql, &[]).await?;
        let shown = |row: &tokio_postgres::Row| {
            format!("({}) {} times", row.get::<_, String>(0), row.get::<_, i64>(1))
        };
        Ok(rows.iter().map(shown).collect())
    }

    /// Drops what was built. Where even that fails, the next run on the view does it.
    async fn discard(&self, client: &Client) {
        let quoted = self.quoted(&self.staging());
        let drop = format!(
            "drop materialized view if exists {quoted}; drop function if exists {quoted}()"
        );
        if let Err(error) = client.batch_execute(&drop).await {
            tracing::warn!("{} stays until the next run or `aim gc`: {error}", self.staging());
        }
    }
}
