//! From BigQuery, which writes the shards itself.

use super::{Request, Snapshot, hidden_name};
use crate::cloud::{Session, timed_table};
use crate::jobs::reco::bucket::Bucket;
use crate::warehouse::bigquery::TablePath;
use crate::warehouse::template::{Dialect, render_for};
use anyhow::{Context as _, ensure};
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use minijinja::context;

/// Copies the configured columns into a table that is there for the time of the command, and has that
/// extracted: no job extracts views, or some columns.
pub(super) fn write(
    request: &Request<'_>,
    bucket: &Bucket,
    session: &Session,
) -> anyhow::Result<Snapshot> {
    let Request { config, table, .. } = request;
    let of = |dataset: String, table: String| {
        let project = session.cloud.project.clone();
        TablePath { project, dataset, table }
    };
    let source = of(config.dataset(table), table.source.clone());
    let temporary = of(config.temporary_dataset(), request.temporary());
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let query = render_for(
        Dialect::BigQuery,
        "reco/export_in_cloud.sql",
        context! { columns => &columns, source => source.to_string() },
    )?;
    let base = bucket.object(&format!("{}/", request.hidden()))?;
    let copy = timed_table(&temporary, &query)?;
    session.runtime.block_on(async {
        let (name, bigquery) = (&table.name, &session.bigquery);
        let about = bigquery.table(&source).await?;
        let about = about.with_context(|| format!("{source} is not in BigQuery"))?;
        require(&source, &columns, about.schema.fields().as_deref().unwrap_or(&[]))?;
        session.keep_table(&temporary);
        let copied = bigquery.execute(&format!("export {name}"), &copy).await;
        copied.with_context(|| {
            format!("{source} cannot be copied to {temporary}; the dataset of that must be there")
        })?;
        let copied = bigquery.table(&temporary).await?.and_then(|about| about.num_rows);
        let rows = copied.with_context(|| format!("{temporary} is gone"))?.parse()?;
        let job = format!("extract {name}");
        let shards = bigquery.extract(&job, &temporary, &base.to_string()).await?;
        let files: Vec<String> = (0..shards).map(|index| hidden_name(request, index)).collect();
        for file in &files {
            session.keep_object(&bucket.object(file)?);
        }
        // It is not needed while the shards are read; whatever happens, it goes in the end.
        bigquery.drop_table(&temporary).await?;
        Ok(Snapshot { query, rows, files })
    })
}

/// Refuses a source without the configured columns, before anything is billed.
fn require(
    source: &TablePath,
    columns: &[String],
    fields: &[TableFieldSchema],
) -> anyhow::Result<()> {
    let is_missing = |column: &&String| fields.iter().all(|field| field.name != **column);
    let missing: Vec<&str> = columns.iter().filter(is_missing).map(String::as_str).collect();
    ensure!(
        missing.is_empty(),
        "{source} has no column {}; it has {}",
        missing.join(", "),
        fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(", ")
    );
    Ok(())
}
