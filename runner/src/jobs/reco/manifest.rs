//! What an export says about its shards: written before the first of them is replaced, completed last.

use super::bucket::Bucket;
use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

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
    pub(super) sha256: String,
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
        let content = match std::fs::read(bucket.path(&name)?) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("{name} cannot be read")),
        };
        let manifest: Self = serde_json::from_slice(&content)
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

    /// Writes it, whole.
    pub(super) fn write(&self, bucket: &Bucket) -> anyhow::Result<()> {
        bucket.write(&file_name(&self.table), &serde_json::to_vec_pretty(self)?)
    }
}

/// The SHA-256 of a file, lower-case hexadecimal, and its length.
pub(super) fn sha256(path: &Path) -> anyhow::Result<(String, u64)> {
    let mut file =
        File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        length += count as u64;
    }
    let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((digest, length))
}
