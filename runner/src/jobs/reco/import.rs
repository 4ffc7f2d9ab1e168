//! Shards into PostgreSQL.

use super::bucket::Bucket;
use super::manifest::{ExportManifest, ShardEntry};
use super::workspace::Workspace;
use super::{block_on, connector, session};
use crate::cloud::UsageReport;
use crate::config::reco::{RecoConfig, Table};
use crate::serving::table::{self, ImportOptions, Imported};
use crate::serving::{CastOptions, OnBadRow, Rejected, Rejects, Rows, Shard};
use anyhow::{Context as _, bail, ensure};
use std::mem::discriminant;
use std::sync::Arc;

/// What an import is asked for.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// Where the shards are.
    pub bucket_path: String,
    /// What becomes of values that do not fit.
    pub on_bad_row: OnBadRow,
    /// Leave NUL characters out of texts.
    pub strip_nul: bool,
    /// How it is done.
    pub options: ImportOptions,
}

/// What an import did, and what it rejected where.
#[derive(Debug)]
pub struct ImportOutcome {
    /// What is live now.
    pub imported: Imported,
    /// How much was rejected.
    pub rejected: Rejected,
    /// Where what was rejected is.
    pub rejected_file: String,
    /// What was used of the cloud; nothing in a local run.
    pub usage: Option<UsageReport>,
}

/// Replaces a table by its shards.
///
/// # Errors
///
/// When a shard is missing, damaged or does not fit, or as for [`table::import`]. The live table is as it
/// was then.
pub fn import(
    config: &RecoConfig,
    table: &Table,
    request: &ImportRequest,
    run_id: &str,
) -> anyhow::Result<ImportOutcome> {
    let session = session(config, run_id)?;
    let bucket = Bucket::open(config, session.as_ref(), &request.bucket_path)?;
    let manifest = ExportManifest::read(&bucket, &table.name)?;
    let shards = open_shards(&bucket, table, manifest.as_ref())?;
    let extra: Vec<_> = shards.iter().flat_map(|shard| shard.extra.iter().cloned()).collect();
    if let Some(first) = extra.first() {
        tracing::info!(
            "columns of the shards that {} does not have are left out: {first} …",
            table.name
        );
    }
    let name = format!("{}.rejected-{run_id}.jsonl", table.name);
    // What goes to a bucket is gathered here.
    let workspace = match bucket.local_folder() {
        Some(_) => None,
        None => Some(Workspace::begin(&config.local_root, run_id)?),
    };
    let rejected_file = match (bucket.local_folder(), &workspace) {
        (Some(folder), _) => folder.join(&name),
        (None, workspace) => {
            workspace.as_ref().context("A bucket has a workspace")?.path("rejected.jsonl")
        }
    };
    let rows = Arc::new(Rows {
        shards,
        columns: table.columns.clone(),
        options: CastOptions { decimals: config.decimal_mode, strip_nul: request.strip_nul },
        rejects: Rejects::new(request.on_bad_row, &rejected_file),
    });
    let connector = connector(config)?;
    let schema = &config.definitions.schema;
    let expected = manifest.filter(|manifest| {
        // In another mode, or with values changed on the way, the sum is another one.
        manifest.decimal_mode == config.decimal_mode.name() && !request.strip_nul
    });
    let options = ImportOptions {
        expected: expected.and_then(|manifest| manifest.checksum?.parse().ok()),
        ..request.options.clone()
    };
    let import = table::import(&connector, schema, table, rows.clone(), run_id, &options);
    let imported = match &session {
        Some(session) => session.runtime.block_on(import),
        None => block_on(import),
    };
    let rejected = rows.rejects.finish()?;
    let mut place = rejected_file.display().to_string();
    if workspace.is_some() && rejected != Rejected::default() {
        bucket.put(&name, &rejected_file)?;
        place = bucket.object(&name)?.to_string();
    }
    let usage = session.map(|session| session.usage());
    Ok(ImportOutcome { imported: imported?, rejected, rejected_file: place, usage })
}

/// The shards of the manifest, unchanged since; or all there are.
fn open_shards(
    bucket: &Bucket,
    table: &Table,
    manifest: Option<&ExportManifest>,
) -> anyhow::Result<Vec<Shard>> {
    let prefix = format!("{}-", table.name);
    let names = match manifest {
        Some(manifest) => manifest.shards.iter().map(|shard| shard.name.clone()).collect(),
        None => bucket.list(&prefix, ".parquet")?,
    };
    if names.is_empty() {
        bail!("There is no {prefix}*.parquet in {}: export {} first", bucket.name(), table.name);
    }
    let entries = manifest.iter().flat_map(|manifest| &manifest.shards).map(Some);
    let shards = names.into_iter().zip(entries.chain(std::iter::repeat(None)));
    let shards = shards.map(|(name, entry)| open_shard(bucket, table, name, entry));
    let shards = shards.collect::<anyhow::Result<Vec<_>>>()?;
    let rows: u64 = shards.iter().map(|shard| shard.rows).sum();
    if let Some(manifest) = manifest {
        ensure!(
            manifest.rows == rows,
            "The manifest of {} promises {} rows, its shards {rows}: export it again",
            table.name,
            manifest.rows
        );
    }
    Ok(shards)
}

fn open_shard(
    bucket: &Bucket,
    table: &Table,
    name: String,
    entry: Option<&ShardEntry>,
) -> anyhow::Result<Shard> {
    let file = bucket.file(&name)?;
    let shard = Shard::open(Arc::clone(&file), name, &table.columns)?;
    if let Some(entry) = entry {
        let digest = file.digest()?;
        // One that was exported elsewhere has a digest of another kind: the rows' checksum tells, then.
        let same_kind = discriminant(&digest) == discriminant(&entry.digest);
        ensure!(
            (file.size(), shard.rows) == (entry.bytes, entry.rows)
                && (!same_kind || digest == entry.digest),
            "{} is not the file that was exported: export {} again",
            entry.name,
            table.name
        );
    }
    Ok(shard)
}
