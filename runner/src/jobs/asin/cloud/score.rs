//! Scores that BigQuery computes: the features stay where they are.

use super::outbox::{self, Change, Rows};
use super::{Cloud, receive};
use crate::cloud::{Replaced, Staged, timed_table};
use crate::jobs::asin::files::text;
use crate::jobs::asin::frame::{OF_SCOPE, SCHEMA, Source, Workspace};
use crate::jobs::asin::score::{FEATURES, SCORES, check, query_for_bigquery};
use crate::jobs::asin::{Asin, Scope};
use crate::warehouse::bigquery::TablePath;
use crate::warehouse::parameter::Parameter;
use crate::warehouse::template::{Dialect, Statement, render, render_for};
use anyhow::Context as _;
use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;
use minijinja::value::{Serde, Value};
use std::path::PathBuf;

/// Scores that wait for the swap.
pub(in crate::jobs::asin) struct Scored {
    /// How many they are.
    pub(in crate::jobs::asin) rows: u64,
    table: TablePath,
    /// Which rows they replace.
    replaced: Statement,
}

impl Cloud {
    /// Computes the scores of the scope's day in BigQuery, of its features as they will be when the command is done.
    ///
    /// # Errors
    ///
    /// As for [`score::run`](crate::jobs::asin::score::run); then nothing has changed.
    pub(in crate::jobs::asin) fn score(
        &self,
        job: &Asin,
        workspace: &Workspace,
    ) -> anyhow::Result<Scored> {
        self.compute(job, workspace).context("The scores cannot be computed in BigQuery")
    }

    fn compute(&self, job: &Asin, workspace: &Workspace) -> anyhow::Result<Scored> {
        let (bigquery, runtime) = (&self.session.bigquery, &self.session.runtime);
        let fields = outbox::fields(workspace.db(), FEATURES)?;
        let (source, parameters) = runtime.block_on(self.features(job, &fields))?;
        check(job, &source)?;
        let scope = self.scope(job, workspace, &source, &parameters)?;
        let mut query = query_for_bigquery(&job.settings, job.choices, &source, &scope)?;
        query.parameters.extend(parameters);
        let fields = outbox::fields(workspace.db(), SCORES)?;
        let (target, table, rows) = runtime.block_on(async {
            let target = self.make(SCORES, &fields).await?;
            let bytes = bigquery.estimate(&query).await?;
            tracing::info!("BigQuery reads {:.1} MB for the scores", bytes as f64 / 1e6);
            let table = self.computed(SCORES, "scores", &query).await?;
            let about = bigquery.table(&table).await?;
            let about = about.with_context(|| format!("{table} is gone"))?;
            let rows = about.num_rows.context("BigQuery does not say how many scores it has")?;
            anyhow::Ok((target, table, rows.parse()?))
        })?;
        let scope = scope.parameters();
        let replaced = render(OF_SCOPE, context! { scope => &scope })?;
        let columns = fields.into_iter().map(|field| field.name).collect();
        let place = Replaced::Where { condition: OF_SCOPE, scope };
        let rows_there = Rows::There(Staged::new(&target, &table, columns, place));
        self.outbox.put([Change { table: SCORES.to_owned(), rows: rows_there }]);
        Ok(Scored { rows, table, replaced })
    }

    /// Puts the scores into the table on this machine, for what reads it here.
    ///
    /// # Errors
    ///
    /// When they do not arrive.
    pub(in crate::jobs::asin) fn fetch_scores(
        &self,
        workspace: &Workspace,
        scored: &Scored,
    ) -> anyhow::Result<()> {
        let parts = self.fetched("scores", &scored.table)?;
        let table = Dialect::DuckDb.table(SCHEMA, SCORES);
        let delete = format!("delete from {table} where {}", scored.replaced.sql);
        workspace.db().transaction(&[Statement::new(SCORES, delete)])?;
        receive(workspace, SCORES, &parts)
    }

    /// The features as they will be, with what goes beside the SQL: what this command has written to them is brought
    /// now, and will be in place with everything else.
    async fn features(
        &self,
        job: &Asin,
        fields: &[TableFieldSchema],
    ) -> anyhow::Result<(Source, Vec<Parameter>)> {
        let table = self.make(FEATURES, fields).await?;
        let mut brought: Vec<Staged> = Vec::new();
        for (at, change) in self.outbox.take().into_iter().enumerate() {
            let change = if change.table == FEATURES {
                let staged = self.bring(at, change).await?;
                brought.push(staged.clone());
                Change { table: FEATURES.to_owned(), rows: Rows::There(staged) }
            } else {
                change
            };
            self.outbox.put([change]);
        }
        let about = self.session.bigquery.table(&table).await?;
        let about = about.with_context(|| format!("{table} is gone"))?;
        let metrics = job.settings.weights().map(|(metric, _)| metric);
        let needed: Vec<&str> =
            ["asin", "site", "dt", "category"].into_iter().chain(metrics).collect();
        let columns: Vec<(String, String)> = about
            .schema
            .fields()
            .iter()
            .flatten()
            .filter(|field| needed.contains(&&*field.name))
            .map(|field| (field.name.clone(), kind(&field.r#type).to_owned()))
            .collect();
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        let mut relation = Statement::new(FEATURES, table.quoted());
        for (at, table) in brought.into_iter().enumerate() {
            let table = Value::from(Serde(table));
            let parameters = context! { rows => relation.sql, table, columns => &names };
            let after = render_for(Dialect::BigQuery, "cloud/after_swap.sql", parameters)?;
            let mut after = after.as_part(&format!("features_{at}_"));
            after.parameters.extend(relation.parameters);
            relation = after;
        }
        let source = Source::new(&format!("The table {FEATURES}"), relation.sql, columns);
        Ok((source, relation.parameters))
    }

    /// The scope with its products named, as [`Workspace::scope`] has it.
    fn scope(
        &self,
        job: &Asin,
        workspace: &Workspace,
        source: &Source,
        parameters: &[Parameter],
    ) -> anyhow::Result<Scope> {
        let (Some(limit), None) = (job.scope.limit, &job.scope.asins) else {
            return Ok(job.scope.clone());
        };
        let first = context! { source, limit };
        let mut first = render_for(Dialect::BigQuery, "asin/first.sql", first)?;
        first.parameters.extend_from_slice(parameters);
        let name = "first products";
        let table = self.session.runtime.block_on(self.computed("first_products", name, &first))?;
        let parts = self.fetched(name, &table)?;
        let files = parts.iter().map(|part| text(part)).collect::<anyhow::Result<Vec<_>>>()?;
        let rows = render("cloud/files.sql", context! { files })?;
        let products = Source::new(name, rows.sql, vec![("asin".to_owned(), "VARCHAR".to_owned())]);
        workspace.scope(&job.scope, &products)
    }

    /// The rows of a query in a table of the run's own; `name` is the job's.
    async fn computed(
        &self,
        table: &str,
        name: &str,
        query: &Statement,
    ) -> anyhow::Result<TablePath> {
        let target = self.work_table(&format!("{table}_computed"));
        self.session.keep_table(&target);
        self.session.bigquery.execute(name, &timed_table(&target, query)?).await?;
        Ok(target)
    }

    /// The files with the rows of a table of the run's own.
    fn fetched(&self, name: &str, table: &TablePath) -> anyhow::Result<Vec<PathBuf>> {
        let objects = self.work_object(&format!("input/{}/part-", table.table))?;
        let folder = self.root.join("input").join(&table.table);
        self.session.runtime.block_on(self.session.fetch(name, table, &objects, &folder))
    }
}

/// The engine's name of a type, as far as the statement asks for it.
fn kind(kind: &FieldType) -> &'static str {
    match kind {
        FieldType::Float | FieldType::Float64 => "DOUBLE",
        FieldType::String => "VARCHAR",
        FieldType::Boolean | FieldType::Bool => "BOOLEAN",
        FieldType::Date => "DATE",
        _ => "",
    }
}
