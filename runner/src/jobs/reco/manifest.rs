//! What an export says about its shards: written before the first of them is replaced, completed last.

use super::bucket::Bucket;
use crate::store::{Digest, Version};
use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

/// How far the export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Shards are being replaced: there is a mixture.
    Writing,
    /// Everything is there.
    Complete,
}

/// `<table>.manifest.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ExportManifest {
    pub(super) table: String,
    pub(super) run_id: String,
    pub(super) state: State,
    pub(super) date: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// The decimal mode that the checksum is for.
    pub(super) decimal_mode: String,
    /// The sum of the rows' hashes as they will be in PostgreSQL; none where a value does not fit.
    pub(super) checksum: Option<String>,
    /// SHA-256 of the query.
    pub(super) query_sha256: String,
    pub(super) shards: Vec<ShardEntry>,
}

/// One shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShardEntry {
    pub(super) name: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    #[serde(flatten)]
    pub(super) digest: Digest,
}

fn file_name(table: &str) -> String {
    format!("{table}.manifest.json")
}

impl ExportManifest {
    /// The manifest of a table; none where the shards came from elsewhere.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or the export did not finish.
    pub(super) fn read(bucket: &Bucket, table: &str) -> anyhow::Result<Option<Self>> {
        let name = file_name(table);
        let Some(file) = bucket.open_file(&name)? else { return Ok(None) };
        let manifest: Self = serde_json::from_slice(&file.content()?)
            .with_context(|| format!("{name} is no manifest: export {table} again"))?;
        ensure!(
            manifest.table == table,
            "{name} is about {}: export {table} again",
            manifest.table
        );
        if manifest.state != State::Complete {
            bail!(
                "The export {} of {table} to {} did not finish: run it again",
                manifest.run_id,
                bucket.name()
            );
        }
        Ok(Some(manifest))
    }

    /// The version of a table's manifest.
    pub(super) fn version(bucket: &Bucket, table: &str) -> anyhow::Result<Version> {
        Ok(bucket.open_file(&file_name(table))?.map_or(0, |file| file.version()))
    }

    /// Writes it, whole, unless somebody has since `seen`; answers its version.
    pub(super) fn write(&self, bucket: &Bucket, seen: Version) -> anyhow::Result<Version> {
        bucket.write(&file_name(&self.table), &serde_json::to_vec_pretty(self)?, seen)
    }
}
