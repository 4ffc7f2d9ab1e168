//! A table of the warehouse as Parquet shards with a manifest.

mod cloud;
mod local;

use super::bucket::Bucket;
use super::manifest::{ExportManifest, ShardEntry, State};
use super::session;
use super::workspace::Workspace;
use crate::cloud::{Session, UsageReport};
use crate::config::reco::{RecoConfig, Table};
use crate::serving::{CastOptions, Checksum, Failure, OnBadRow, Rejects, Rows, Shard};
use crate::store::Changed;
use crate::warehouse::template::Statement;
use anyhow::bail;
use arrow::error::ArrowError;
use std::fs;

/// What an export wrote.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Rows of the table.
    pub rows: u64,
    /// Bytes of all shards.
    pub bytes: u64,
    /// How many shards.
    pub shards: usize,
    /// The rows' hashes as they will be in PostgreSQL; none where a value does not fit.
    pub checksum: Option<Checksum>,
    /// What will hinder the import, in words.
    pub remarks: Vec<String>,
    /// What was used of the cloud; nothing in a local run.
    pub usage: Option<UsageReport>,
}

/// Exports a table to `bucket_path`. `date` is YYYYMMDD.
///
/// # Errors
///
/// When the warehouse cannot be read, lacks a column, or the folder cannot be written. The shards of the
/// last export are there then, unless they were being replaced; the manifest says so.
pub fn export(
    config: &RecoConfig,
    table: &Table,
    bucket_path: &str,
    date: &str,
    run_id: &str,
) -> anyhow::Result<Exported> {
    let request = Request { config, table, date, run_id };
    let Some(session) = session(config, run_id)? else {
        return request.export(bucket_path, None);
    };
    let exported = request.export(bucket_path, Some(&session));
    session.clean_up();
    Ok(Exported { usage: Some(session.usage()), ..exported? })
}

/// What is asked for.
struct Request<'a> {
    config: &'a RecoConfig,
    table: &'a Table,
    date: &'a str,
    run_id: &'a str,
}

/// Shards that are whole, and not in their place.
struct Snapshot {
    query: Statement,
    rows: u64,
    /// In their order, each as the bucket has it.
    files: Vec<String>,
}

/// `enriched_user-000000000000.parquet`: what the warehouse makes of a `*`.
fn shard_name(table: &str, index: usize) -> String {
    format!("{table}-{index:012}.parquet")
}

/// Where a shard is until all are whole.
fn hidden_name(request: &Request<'_>, index: u64) -> String {
    format!("{}/{index:012}.parquet", request.hidden())
}

impl Request<'_> {
    fn export(&self, bucket_path: &str, session: Option<&Session>) -> anyhow::Result<Exported> {
        let table = &self.table.name;
        let bucket = Bucket::open(self.config, session, bucket_path)?;
        let _lock = bucket.lock(table)?;
        let seen = ExportManifest::version(&bucket, table)?;
        let workspace = Workspace::begin(&self.config.local_root, self.run_id)?;
        let _hidden = Hidden::new(&bucket, table)?;
        let snapshot = match (session, bucket.local_folder()) {
            (Some(session), _) => cloud::write(self, &bucket, session)?,
            (None, Some(folder)) => local::write(self, folder, &workspace)?,
            (None, None) => bail!("{bucket_path} is in the cloud: set AIM_MODE=cloud"),
        };
        let (shards, entries) = self.open(&bucket, &snapshot)?;
        let (checksum, remarks) = self.verify(shards, snapshot.rows, &workspace)?;
        let bytes = entries.iter().map(|shard| shard.bytes).sum();
        let mut manifest = ExportManifest {
            table: table.clone(),
            run_id: self.run_id.to_owned(),
            state: State::Writing,
            date: self.date.to_owned(),
            rows: snapshot.rows,
            bytes,
            decimal_mode: self.config.decimal_mode.name().to_owned(),
            checksum: checksum.map(|checksum| checksum.sum.to_string()),
            query_sha256: snapshot.query.sha256(),
            shards: entries,
        };
        let replace = |manifest: &mut ExportManifest| {
            let seen = manifest.write(&bucket, seen)?;
            for (file, shard) in snapshot.files.iter().zip(&manifest.shards) {
                bucket.rename(file, &shard.name)?;
            }
            for stale in bucket.list(&format!("{table}-"), ".parquet")? {
                if manifest.shards.iter().all(|shard| shard.name != stale) {
                    bucket.remove(&stale)?;
                }
            }
            manifest.state = State::Complete;
            manifest.write(&bucket, seen)
        };
        replace(&mut manifest).map_err(|error| match error.downcast_ref::<Changed>() {
            Some(_) => Failure::Locked(format!(
                "Another export of {table} to {} was faster: look at what is there, or export again",
                bucket.name()
            ))
            .into(),
            None => error,
        })?;
        let (rows, shards) = (snapshot.rows, manifest.shards.len());
        Ok(Exported { rows, bytes, shards, checksum, remarks, usage: None })
    }

    /// The folder beside the shards in which the new ones are until all are whole.
    fn hidden(&self) -> String {
        format!(".{}.export.{}", self.table.name, self.run_id)
    }

    /// The temporary table's name, which no other run has.
    fn temporary(&self) -> String {
        format!("tmp_{}_export_{}_{}", self.date, self.table.name, self.run_id)
    }

    /// Opens the shards, for them to be read back and to be listed.
    fn open(
        &self,
        bucket: &Bucket,
        snapshot: &Snapshot,
    ) -> anyhow::Result<(Vec<Shard>, Vec<ShardEntry>)> {
        let open = |(index, file): (usize, &String)| {
            let (file, name) = (bucket.file(file)?, shard_name(&self.table.name, index));
            let (bytes, digest) = (file.size(), file.digest()?);
            let shard = Shard::open(file, name.clone(), &self.table.columns)?;
            let rows = shard.rows;
            anyhow::Ok((shard, ShardEntry { name, rows, bytes, digest }))
        };
        snapshot.files.iter().enumerate().map(open).collect()
    }

    /// Reads the shards back: their rows must be those of the temporary table. The checksum is that of
    /// the import; a value that will not fit is only remarked, because the import decides about it.
    fn verify(
        &self,
        shards: Vec<Shard>,
        rows: u64,
        workspace: &Workspace,
    ) -> anyhow::Result<(Option<Checksum>, Vec<String>)> {
        let promised: u64 = shards.iter().map(|shard| shard.rows).sum();
        if promised != rows {
            bail!("The shards of {} have {promised} of {rows} rows: export again", self.table.name);
        }
        let verified = Rows {
            shards,
            columns: self.table.columns.clone(),
            options: CastOptions { decimals: self.config.decimal_mode, strip_nul: false },
            rejects: Rejects::new(OnBadRow::Fail, &workspace.path("rejects")),
        };
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        match verified.checksum(self.config.threads.unwrap_or_else(cores)) {
            Ok(checksum) if checksum.rows == rows => Ok((Some(checksum), Vec::new())),
            Ok(checksum) => {
                bail!(
                    "The shards of {} hold {checksum} of {rows} rows: export again",
                    self.table.name
                )
            }
            // What cannot be read is no value that does not fit.
            Err(error) if error.chain().any(|cause| cause.is::<ArrowError>()) => Err(error),
            Err(error) => Ok((None, vec![format!("{error:#}")])),
        }
    }
}

/// The hidden folders beside the shards; removed when dropped, as those of killed runs are at first. In the
/// cloud the session does that, and the bucket's rule.
struct Hidden<'a> {
    bucket: &'a Bucket,
    prefix: String,
}

impl<'a> Hidden<'a> {
    fn new(bucket: &'a Bucket, table: &str) -> anyhow::Result<Self> {
        let this = Self { bucket, prefix: format!(".{table}.export.") };
        this.clear()?;
        Ok(this)
    }

    /// Whoever holds the target's lock is alone.
    fn clear(&self) -> anyhow::Result<()> {
        let Some(folder) = self.bucket.local_folder() else { return Ok(()) };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&self.prefix) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // What is left over is cleared away by the next export.
        let _ = self.clear();
    }
}
