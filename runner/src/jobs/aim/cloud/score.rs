//! Stage 3 in BigQuery: the click-stream, which is most of what the stage reads, stays where it is.

use super::pull::extract;
use super::push::write;
use super::remote::Remote;
use crate::cloud::timed_table;
use crate::context::Context;
use crate::jobs::aim::tables;
use crate::jobs::aim::tyre_score::{self, Parameters};
use crate::warehouse::TableName;
use crate::warehouse::bigquery::TablePath;
use crate::warehouse::template::{Dialect, render};
use anyhow::Context as _;
use minijinja::context;

impl Remote {
    /// Computes the tyre scores there and fetches them. Tyres and sales are this run's own and go there first.
    ///
    /// # Errors
    ///
    /// When rows do not arrive, or the query fails; then nothing has changed.
    pub(in crate::jobs::aim) fn score(&self, context: &mut Context<'_>) -> anyhow::Result<()> {
        tables::require(context, &tyre_score::inputs())?;
        let [tyres, sales] = tyre_score::inputs().map(|table| {
            let (table, mut load) = write(context, &self.root, table)?;
            // Other rows of the same table wait for the swap.
            load.name = format!("score {table}");
            let object = self.work_object(&format!("score/{table}.parquet"))?;
            let staging = self.work_table(&self.path_of(&table)?);
            self.runtime.block_on(self.load(load, &staging, &object))?;
            anyhow::Ok(staging.quoted())
        });
        let analytics = &*context.config.analytics_dataset;
        let (first, last) = tyre_score::click_days(context.clock.today_utc())?;
        let names = self.bigquery.tables(&self.cloud.project, analytics);
        let names = self.runtime.block_on(names)?.into_iter();
        let days = tyre_score::days_of(analytics, names, first, last);
        let parameters = Parameters::new(context, tyres?, sales?, days);
        let query = tyre_score::rows(Dialect::BigQuery, &parameters)?;

        let scores = tables::tyre_scores();
        let target = self.scored(&scores)?;
        self.keep_table(&target);
        let statement = timed_table(&target, &query)?;
        self.runtime
            .block_on(async {
                let bytes = self.bigquery.estimate(&query).await?;
                tracing::info!("BigQuery reads {:.1} MB for the tyre scores", bytes as f64 / 1e6);
                self.bigquery.execute("tyre scores", &statement).await?;
                let parts = extract(self, &scores, &target).await?;
                let files = parts.iter().map(|part| super::utf8(part));
                let files = files.collect::<anyhow::Result<Vec<_>>>()?;
                let (dataset, name) = (&*scores.dataset, &*scores.table);
                let load = render("cloud/from_files.sql", context! { dataset, name, files })?;
                context.log.manifest.executed(&query, &self.root);
                context.warehouse.transaction(&[load])
            })
            .context("The tyre scores cannot be computed in BigQuery")
    }

    /// Where the scores are until they are fetched: not where they wait for the swap.
    fn scored(&self, scores: &TableName) -> anyhow::Result<TablePath> {
        let target = self.path_of(scores)?;
        let name = format!("{}_computed", target.table);
        Ok(self.work_table(&TablePath { table: name, ..target }))
    }
}
