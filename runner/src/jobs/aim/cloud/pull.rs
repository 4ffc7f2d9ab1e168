//! Input: files from buckets, tables from BigQuery as Parquet, to where the job looks for them.

use super::remote::Remote;
use crate::config::{Config, Scoring};
use crate::jobs::aim::{Stage, dashboards, reference, runlist, sources, tables, tyre_score};
use crate::record::Clock;
use crate::store::{ObjectStore as _, ObjectUri};
use crate::warehouse::TableName;
use crate::warehouse::bigquery::TablePath;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::render;
use anyhow::{Context as _, bail};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use minijinja::context;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Tables under way at once.
const PARALLEL: usize = 8;

/// Fetches everything that these stages read.
pub(super) fn pull(
    remote: &Remote,
    config: &Config,
    clock: &Clock,
    stages: &[Stage],
) -> anyhow::Result<()> {
    if stages.contains(&Stage::LoadData) {
        for name in [sources::SALES, sources::TYRES] {
            source(remote, config, name)?;
        }
    }
    if stages.contains(&Stage::BatchRecommender) && !config.ignore_overrides {
        let uri = ObjectUri::parse(&config.cloud.runlist)?;
        remote
            .download(&uri, &remote.root.join(runlist::FILE))
            .context("The runlist is missing")?;
    }
    let wanted = wanted_tables(remote, config, clock, stages)?;
    tracing::info!("{} tables are read from BigQuery", wanted.len());
    let fetched = stream::iter(&wanted)
        .map(|(table, path)| async move {
            let parts = extract(remote, table, path).await?;
            anyhow::Ok((table, parts))
        })
        .buffer_unordered(PARALLEL)
        .try_collect::<Vec<_>>();
    for (table, parts) in remote.runtime.block_on(fetched)? {
        place(remote, table, &parts)?;
    }
    Ok(())
}

/// The newest file of this name. One that is missing is stage 1's to report.
fn source(remote: &Remote, config: &Config, name: &str) -> anyhow::Result<()> {
    let store = remote.gcs.store(&config.cloud.source_bucket, "", &remote.root);
    let files = store.list(config.source_prefix.trim_matches('/'))?;
    if let Some(path) = sources::choose(files, config, name) {
        store.local_copy(&path)?;
    }
    Ok(())
}

/// What is read, of what there is. Tables that the stages make anew are not among it.
fn wanted_tables(
    remote: &Remote,
    config: &Config,
    clock: &Clock,
    stages: &[Stage],
) -> anyhow::Result<Vec<(TableName, TablePath)>> {
    let needed: BTreeSet<TableName> =
        stages.iter().flat_map(|stage| tables::from_outside(*stage)).collect();
    let replaced: BTreeSet<TableName> =
        stages.iter().flat_map(|stage| tables::replaced_by(*stage)).collect();
    let kept = Stage::ALL
        .into_iter()
        .flat_map(|stage| tables::replaced_by(stage).into_iter().chain(tables::added_to_by(stage)));
    let read: BTreeSet<TableName> =
        kept.filter(|table| !replaced.contains(table)).chain(needed.iter().cloned()).collect();
    let mut wanted = Vec::new();
    for table in read {
        let path = remote.path_of(&table)?;
        let names = tables_of(remote, &path)?;
        if names.contains(&path.table) {
            wanted.push((table, path));
        } else if needed.contains(&table) {
            bail!("BigQuery lacks the table {path}, which is read: make it, or correct PROJECT_ID");
        }
    }
    let analytics = &config.analytics_dataset;
    let days = click_days(config, clock, stages)?;
    if !days.is_empty() {
        let any = TablePath::parse(&format!("{analytics}.events"), &config.cloud.project)?;
        for name in tables_of(remote, &any)? {
            let day =
                name.strip_prefix("events_").and_then(|day| Date::strptime("%Y%m%d", day).ok());
            if day
                .is_some_and(|day| days.iter().any(|(first, last)| (first..=last).contains(&&day)))
            {
                let path = TablePath { table: name.clone(), ..any.clone() };
                wanted.push((TableName::new(&**analytics, name), path));
            }
        }
    }
    Ok(wanted)
}

fn tables_of(remote: &Remote, path: &TablePath) -> anyhow::Result<BTreeSet<String>> {
    remote.runtime.block_on(remote.bigquery.tables(&path.project, &path.dataset))
}

/// The days of click-stream that the stages read, first and last of each.
fn click_days(
    config: &Config,
    clock: &Clock,
    stages: &[Stage],
) -> anyhow::Result<Vec<(Date, Date)>> {
    let mut days = Vec::new();
    // BigQuery reads its own.
    if stages.contains(&Stage::TyreScore) && config.scoring == Scoring::Engine {
        days.push(tyre_score::click_days(clock.today_utc())?);
    }
    if stages.contains(&Stage::DashboardOutput) {
        days.push(dashboards::click_days(clock.today_london()?)?);
    }
    Ok(days)
}

/// Writes a table to objects and fetches them.
pub(super) async fn extract(
    remote: &Remote,
    table: &TableName,
    path: &TablePath,
) -> anyhow::Result<Vec<PathBuf>> {
    let objects = remote.work_object(&format!("input/{table}/part-"))?;
    let folder = remote.root.join(format!("input/{table}"));
    remote.fetch(&table.to_string(), path, &objects, &folder).await
}

/// Puts a table's files where the job loads tables from: as one.
fn place(remote: &Remote, table: &TableName, parts: &[PathBuf]) -> anyhow::Result<()> {
    let TableName { dataset, table: name } = table;
    let folder = remote.root.join(reference::FOLDER).join(dataset);
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.parquet"));
    if let [part] = parts {
        fs::rename(part, &file)?;
        return Ok(());
    }
    let text = |path: &Path| super::utf8(path);
    let files = parts.iter().map(|part| text(part)).collect::<anyhow::Result<Vec<_>>>()?;
    let statement = render("cloud/one_parquet.sql", context! { files, file => text(&file)? })?;
    DuckDb::open_bare(None, &[])?.transaction(&[statement])?;
    parts.iter().try_for_each(fs::remove_file).map_err(Into::into)
}
