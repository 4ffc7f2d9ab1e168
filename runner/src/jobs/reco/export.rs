//! A table of the warehouse as Parquet shards with a manifest.

use super::bucket::Bucket;
use super::manifest::{ExportManifest, ShardEntry, State, sha256};
use super::workspace::{Workspace, lock_target};
use crate::config::reco::{Column, RecoConfig, Table};
use crate::serving::{CastOptions, Checksum, OnBadRow, Rejects, Rows, Shard};
use crate::warehouse::TableName;
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_literal, render};
use crate::warehouse::working_copy::WAREHOUSE_FILE;
use anyhow::{Context as _, bail};
use minijinja::context;
use std::fs;
use std::path::{Path, PathBuf};

/// Rows of a shard: eight of DuckDB's row groups.
const SHARD_ROWS: u64 = 8 * 122_880;

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
    let bucket = Bucket::open(&config.local_root, bucket_path)?;
    let _lock = lock_target(&bucket.path(".")?, &table.name)?;
    let workspace = Workspace::begin(&config.local_root, run_id)?;
    let export = Export { config, table, date, run_id, workspace: &workspace };
    let warehouse = export.open()?;
    let query = export.snapshot(&warehouse)?;
    let rows = export.count(&warehouse)?;
    // Beside the shards, so that they can be renamed into their place.
    let hidden = Hidden::new(&bucket, &table.name, run_id)?;
    let files = export.write(&warehouse, rows, &hidden.path)?;
    drop(warehouse);
    let (checksum, remarks) = export.verify(&files, rows)?;
    let shards = files.iter().enumerate().map(|(index, (path, rows))| {
        let (sha256, bytes) = sha256(path)?;
        Ok(ShardEntry { name: shard_name(&table.name, index), rows: *rows, bytes, sha256 })
    });
    let shards = shards.collect::<anyhow::Result<Vec<_>>>()?;
    let bytes = shards.iter().map(|shard| shard.bytes).sum();
    let mut manifest = ExportManifest {
        table: table.name.clone(),
        run_id: run_id.to_owned(),
        state: State::Writing,
        date: date.to_owned(),
        rows,
        bytes,
        decimal_mode: config.decimal_mode.name().to_owned(),
        checksum: checksum.map(|checksum| checksum.sum.to_string()),
        query_sha256: query.sha256(),
        shards,
    };
    manifest.write(&bucket)?;
    for stale in bucket.list(&format!("{}-", table.name), ".parquet")? {
        fs::remove_file(bucket.path(&stale)?)
            .with_context(|| format!("{stale} cannot be removed"))?;
    }
    for ((path, _), shard) in files.iter().zip(&manifest.shards) {
        let target = bucket.path(&shard.name)?;
        fs::rename(path, &target)
            .with_context(|| format!("{} cannot be written", target.display()))?;
    }
    manifest.state = State::Complete;
    manifest.write(&bucket)?;
    Ok(Exported { rows, bytes, shards: manifest.shards.len(), checksum, remarks })
}

/// `enriched_user-000000000000.parquet`: what the warehouse makes of a `*`.
fn shard_name(table: &str, index: usize) -> String {
    format!("{table}-{index:012}.parquet")
}

struct Export<'a> {
    config: &'a RecoConfig,
    table: &'a Table,
    date: &'a str,
    run_id: &'a str,
    workspace: &'a Workspace,
}

impl Export<'_> {
    /// The warehouse, which is only read, and a database for the temporary table beside it.
    fn open(&self) -> anyhow::Result<DuckDb> {
        let file = self.config.local_root.join(WAREHOUSE_FILE);
        if !file.is_file() {
            bail!(
                "The warehouse {} is missing: set AIM_LOCAL_ROOT or --local-root",
                file.display()
            );
        }
        let mut settings = vec![
            ("access_mode", "READ_ONLY".to_owned()),
            ("memory_limit", self.config.memory_limit.clone()),
            ("temp_directory", self.workspace.path("spill").display().to_string()),
            ("preserve_insertion_order", "false".to_owned()),
        ];
        settings.extend(self.config.threads.map(|threads| ("threads", threads.to_string())));
        let warehouse = DuckDb::open_bare(Some(&file), &settings).with_context(|| {
            format!(
                "{} cannot be read: if another program writes it, close that first",
                file.display()
            )
        })?;
        let scratch = self.workspace.path("scratch.duckdb");
        let scratch = quote_literal(&scratch.display().to_string());
        let attach = format!("attach {scratch} as scratch (read_write)");
        warehouse
            .connection()
            .execute_batch(&attach)
            .context("The temporary database cannot be made")?;
        Ok(warehouse)
    }

    /// The temporary table's name, which no other run has.
    fn temporary(&self) -> String {
        format!("tmp_{}_export_{}_{}", self.date, self.table.name, self.run_id)
    }

    /// Copies the configured columns into the temporary table: what follows sees one state.
    fn snapshot(&self, warehouse: &DuckDb) -> anyhow::Result<Statement> {
        let source = TableName::new(self.config.dataset(self.table), &self.table.source);
        let described = warehouse.rows(&render(
            "reco/describe_source.sql",
            context! { dataset => &source.dataset, name => &source.table },
        )?)?;
        if described.is_empty() {
            bail!(
                "{source} is not in the warehouse {}",
                self.config.local_root.join(WAREHOUSE_FILE).display()
            );
        }
        let types: Vec<(String, String)> = described
            .into_iter()
            .filter_map(|row| <[_; 2]>::try_from(row).ok())
            .map(|[name, data_type]| (name.unwrap_or_default(), data_type.unwrap_or_default()))
            .collect();
        let column = |column: &Column| {
            let found = types.iter().find(|(name, _)| *name == column.name);
            let (name, data_type) = found.with_context(|| {
                let names: Vec<_> = types.iter().map(|(name, _)| name.as_str()).collect();
                format!("{source} has no column {}; it has {}", column.name, names.join(", "))
            })?;
            anyhow::Ok(context! { name, zoned => data_type == "TIMESTAMP WITH TIME ZONE" })
        };
        let columns = self.table.columns.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
        let statement = render(
            "reco/export.sql",
            context! {
                schema => self.config.temporary_dataset(), temporary => self.temporary(), columns,
                dataset => &source.dataset, source => &source.table,
            },
        )?;
        warehouse.transaction(std::slice::from_ref(&statement))?;
        Ok(statement)
    }

    fn count(&self, warehouse: &DuckDb) -> anyhow::Result<u64> {
        let query = render(
            "reco/count_export.sql",
            context! { schema => self.config.temporary_dataset(), temporary => self.temporary() },
        )?;
        Ok(warehouse.connection().query_row(&query.sql, [], |row| row.get::<_, u64>(0))?)
    }

    /// Writes the shards into `folder`: their paths and rows.
    fn write(
        &self,
        warehouse: &DuckDb,
        rows: u64,
        folder: &Path,
    ) -> anyhow::Result<Vec<(PathBuf, u64)>> {
        let mut files = Vec::new();
        // A table without rows has one shard as well.
        for index in 0..rows.div_ceil(SHARD_ROWS).max(1) {
            let first = index * SHARD_ROWS;
            let count = SHARD_ROWS.min(rows - first);
            let path = folder.join(format!("{index:012}"));
            let copy = render(
                "reco/write_shard.sql",
                context! {
                    schema => self.config.temporary_dataset(), temporary => self.temporary(),
                    first, end => first + count,
                    path => path.to_str().context("The path of --bucket-path is not UTF-8: rename it")?,
                },
            )?;
            warehouse.transaction(&[copy])?;
            files.push((path, count));
        }
        Ok(files)
    }

    /// Reads the shards back: their rows must be those of the temporary table. The checksum is that of
    /// the import; a value that will not fit is only remarked, because the import decides about it.
    fn verify(
        &self,
        files: &[(PathBuf, u64)],
        rows: u64,
    ) -> anyhow::Result<(Option<Checksum>, Vec<String>)> {
        let shards = files.iter().enumerate().map(|(index, (path, _))| {
            Shard::open(path.clone(), shard_name(&self.table.name, index), &self.table.columns)
        });
        let shards = shards.collect::<anyhow::Result<Vec<_>>>()?;
        for (shard, (_, rows)) in shards.iter().zip(files) {
            if shard.rows != *rows {
                bail!(
                    "{} has {} rows and should have {rows}: export again",
                    shard.name,
                    shard.rows
                );
            }
        }
        let verified = Rows {
            shards,
            columns: self.table.columns.clone(),
            options: CastOptions { decimals: self.config.decimal_mode, strip_nul: false },
            rejects: Rejects::new(OnBadRow::Fail, &self.workspace.path("rejects")),
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
            Err(error) => Ok((None, vec![format!("{error:#}")])),
        }
    }
}

/// A hidden folder beside the shards; removed when dropped.
struct Hidden {
    path: PathBuf,
}

impl Hidden {
    fn new(bucket: &Bucket, table: &str, run_id: &str) -> anyhow::Result<Self> {
        let prefix = format!(".{table}.export.");
        // Those of killed runs: whoever holds the target's lock is alone.
        for entry in fs::read_dir(bucket.path(".")?)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        let path = bucket.path(&format!("{prefix}{run_id}"))?;
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self { path })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // What is left over is cleared away by the next export.
        let _ = fs::remove_dir_all(&self.path);
    }
}
