//! Results: first beside the tables in use, checked; then in their place, all at once.

use super::remote::Remote;
use crate::cloud::{Load, Replaced, Session, Staged};
use crate::context::Context;
use crate::jobs::aim::{Stage, tables};
use crate::store::ObjectStore as _;
use crate::warehouse::TableName;
use crate::warehouse::bigquery::{TablePath, fields};
use crate::warehouse::template::render;
use anyhow::{Context as _, bail};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use minijinja::context;
use std::collections::BTreeSet;
use std::fs;

/// Tables under way at once.
const PARALLEL: usize = 4;

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
        Session::swap(self, &tables)?;
        self.made().swapped = !tables.is_empty();
        Ok(())
    }

    async fn bring(&self, (table, load): (TableName, Load)) -> anyhow::Result<Staged> {
        let target = self.path_of(&table)?;
        let replaced = match self.replaces(&table, &target).await? {
            true => Replaced::All,
            false => Replaced::Nothing,
        };
        // The swap adds rows; a table to add them to must be there. A new one is empty until then.
        self.bigquery.create(&target, load.fields.clone(), None).await?;
        let object = self.work_object(&format!("output/{table}.parquet"))?;
        let staging = self.work_table(&target);
        Session::bring(self, load, &target, &staging, &object, replaced).await
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
) -> anyhow::Result<(TableName, Load)> {
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
    Ok((table.clone(), Load { name: table.to_string(), file, fields, rows }))
}
