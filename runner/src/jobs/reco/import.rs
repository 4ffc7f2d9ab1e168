//! Shards into PostgreSQL.

use super::bucket::Bucket;
use super::connector;
use super::manifest::{ExportManifest, sha256};
use crate::config::reco::{RecoConfig, Table};
use crate::serving::table::{self, ImportOptions, Imported};
use crate::serving::{CastOptions, OnBadRow, Rejected, Rejects, Rows, Shard};
use anyhow::{bail, ensure};
use std::path::PathBuf;
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
pub type ImportOutcome = (Imported, Rejected, PathBuf);

/// Replaces a table by its shards.
///
/// # Errors
///
/// When a shard is missing, damaged or does not fit, or as for [`table::import`]. The live table is as it
/// was then.
pub async fn import(
    config: &RecoConfig,
    table: &Table,
    request: &ImportRequest,
    run_id: &str,
) -> anyhow::Result<ImportOutcome> {
    let bucket = Bucket::open(&config.local_root, &request.bucket_path)?;
    let manifest = ExportManifest::read(&bucket, &table.name)?;
    let shards = open_shards(&bucket, table, manifest.as_ref())?;
    let extra: Vec<_> = shards.iter().flat_map(|shard| shard.extra.iter().cloned()).collect();
    if let Some(first) = extra.first() {
        tracing::info!(
            "columns of the shards that {} does not have are left out: {first} …",
            table.name
        );
    }
    let rejected_file = bucket.path(&format!("{}.rejected-{run_id}.jsonl", table.name))?;
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
    let imported = table::import(&connector, schema, table, rows.clone(), run_id, &options).await?;
    Ok((imported, rows.rejects.finish()?, rejected_file))
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
    let shards =
        names.into_iter().map(|name| Shard::open(bucket.path(&name)?, name, &table.columns));
    let shards = shards.collect::<anyhow::Result<Vec<_>>>()?;
    for (shard, entry) in shards.iter().zip(manifest.iter().flat_map(|manifest| &manifest.shards)) {
        let (digest, bytes) = sha256(&bucket.path(&entry.name)?)?;
        ensure!(
            (bytes, shard.rows, &digest) == (entry.bytes, entry.rows, &entry.sha256),
            "{} is not the file that was exported: export {} again",
            entry.name,
            table.name
        );
    }
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
