//! Results: first beside the tables in use, checked; then in their place, all at once.

use super::remote::Remote;
use crate::context::Context;
use crate::jobs::aim::{Stage, tables};
use crate::store::ObjectStore as _;
use crate::warehouse::TableName;
use crate::warehouse::bigquery::{TablePath, Unwatched, fields};
use crate::warehouse::template::{Dialect, render, render_for};
use anyhow::{Context as _, bail, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Tables under way at once.
const PARALLEL: usize = 4;

/// How long staged rows are kept, should nobody remove them.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A table whose rows are there, but not in place.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Staged {
    target: String,
    staging: String,
    columns: Vec<String>,
    /// Whether the rows replace the table's, or are added to them.
    replaces: bool,
}

/// A table on its way.
pub(super) struct Load {
    table: TableName,
    file: PathBuf,
    fields: Vec<TableFieldSchema>,
    rows: u64,
}

impl Remote {
    /// Brings what the stages wrote to the cloud, where nobody sees it yet: tables beside their targets, and
    /// the files of this run.
    ///
    /// # Errors
    ///
    /// When something is not there whole; then nothing has changed.
    pub(in crate::jobs::aim) fn stage(
        &self,
        context: &Context<'_>,
        stages: &[Stage],
    ) -> anyhow::Result<()> {
        tracing::info!("Bringing the tables to BigQuery");
        let written: BTreeSet<TableName> = stages
            .iter()
            .flat_map(|stage| {
                tables::replaced_by(*stage).into_iter().chain(tables::added_to_by(*stage))
            })
            .collect();
        let mut loads = Vec::new();
        for table in written {
            let there = context.warehouse.tables(&table.dataset, &table.table)?;
            if there.contains(&table) {
                loads.push(write(context, &self.root, table)?);
            }
        }
        let staged = stream::iter(loads)
            .map(|load| self.bring(load))
            .buffer_unordered(PARALLEL)
            .try_collect::<Vec<_>>();
        self.made().staged = self.runtime.block_on(staged)?;
        for path in context.store.list("output")?.into_iter().filter(|path| path.ends_with(".csv"))
        {
            let (file, to) = (context.store.local_copy(&path)?, self.results().resolve(&path)?);
            self.runtime.block_on(self.gcs.upload(&file, &to))?;
            self.made().files.insert(path);
        }
        Ok(())
    }

    /// Puts everything that is staged in place, in one transaction.
    ///
    /// # Errors
    ///
    /// BigQuery's; then all tables are as they were.
    pub(in crate::jobs::aim) fn swap(&self) -> anyhow::Result<()> {
        let tables = self.made().staged.clone();
        if tables.is_empty() {
            return Ok(());
        }
        let statement = render_for(
            Dialect::BigQuery,
            "cloud/swap.sql",
            context! { tables => Value::from(Serde(tables.clone())) },
        )?;
        let swapped = self.bigquery.execute("swap", &statement.sql);
        self.runtime.check()?;
        // From here on there is no way back: a signal waits.
        self.runtime.finish(swapped).map_err(|error| {
            if error.is::<Unwatched>() {
                error.context("It is not known whether BigQuery's tables have been replaced")
            } else {
                error.context("BigQuery's tables are as they were")
            }
        })?;
        self.made().swapped = true;
        tracing::info!("{} tables of BigQuery are replaced", tables.len());
        Ok(())
    }

    async fn bring(&self, load: Load) -> anyhow::Result<Staged> {
        let target = self.path_of(&load.table)?;
        let replaces = self.replaces(&load.table, &target).await?;
        let fields = &load.fields;
        // The swap adds rows; a table to add them to must be there. A new one is empty until then.
        self.bigquery.create(&target, fields.clone(), None).await?;
        let columns = fields.iter().map(|field| field.name.clone()).collect();
        let staging = self.place_beside("load", &target, load).await?;
        Ok(Staged { target: target.to_string(), staging: staging.to_string(), columns, replaces })
    }

    /// Puts a local table's rows into a table beside the one they are for. `purpose` tells jobs and objects
    /// of one table apart.
    pub(super) async fn place_beside(
        &self,
        purpose: &str,
        target: &TablePath,
        load: Load,
    ) -> anyhow::Result<TablePath> {
        let Load { table, file, fields, rows } = load;
        let object = self.work_object(&format!("{purpose}/{table}.parquet"))?;
        self.made().objects.push(object.clone());
        self.gcs.upload(&file, &object).await?;
        fs::remove_file(&file)?;
        let staging = self.work_table(target);
        self.made().tables.push(staging.clone());
        self.bigquery.create(&staging, fields.clone(), Some(LIFETIME)).await?;
        let name = format!("{purpose} {table}");
        let loaded = self.bigquery.load(&name, vec![object.to_string()], &staging, fields).await?;
        ensure!(loaded == rows, "{loaded} of {rows} rows of {table} have arrived in {staging}");
        Ok(staging)
    }

    /// Whether the rows of a table replace what is there: always, but for the recommendations, for which a
    /// setting says.
    async fn replaces(&self, table: &TableName, target: &TablePath) -> anyhow::Result<bool> {
        if *table != tables::aim_data() {
            return Ok(true);
        }
        match self.cloud.write_disposition {
            "WRITE_APPEND" => return Ok(false),
            "WRITE_EMPTY" => {}
            _ => return Ok(true),
        }
        let about = self.bigquery.table(target).await?;
        let rows = about.and_then(|about| about.num_rows);
        if rows.is_some_and(|rows| rows != "0") {
            bail!("{target} is not empty, and AIM_BQ_WRITE_DISPOSITION is WRITE_EMPTY");
        }
        Ok(true)
    }
}

/// Writes a local table to a file.
pub(super) fn write(
    context: &Context<'_>,
    root: &std::path::Path,
    table: TableName,
) -> anyhow::Result<Load> {
    let warehouse = &context.warehouse;
    let folder = root.join("staged");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{table}.parquet"));
    let (dataset, name) = (&*table.dataset, &*table.table);
    let path = super::utf8(&file)?;
    let fields = fields(warehouse, &table)?;
    let parameters = context! { dataset, name, file => path };
    let copy = render("cloud/table_to_parquet.sql", parameters)?;
    warehouse.transaction(&[copy])?;
    let count = warehouse.rows(&render("cloud/count.sql", context! { dataset, name })?)?;
    let rows = count.into_iter().flatten().flatten().next();
    let rows = rows.with_context(|| format!("{table} has no number of rows"))?.parse()?;
    Ok(Load { table, file, fields, rows })
}
