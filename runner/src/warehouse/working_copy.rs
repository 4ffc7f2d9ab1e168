//! A run's own copy of the warehouse file.
//!
//! A run works in `<root>/.aim/<run id>.duckdb` and puts it in place of `<root>/warehouse.duckdb` at
//! the end, in one rename. Readers of the file see the old tables or the new ones, whenever the run
//! fails or is killed; analysts may read while it runs. The copy can be taken up again by another
//! process, as it was at its last checkpoint.

mod leftovers;
mod lock;

pub use leftovers::{collect, forget};
pub use lock::RootLock;

use super::duckdb::DuckDb;
use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The file everyone opens.
pub const WAREHOUSE_FILE: &str = "warehouse.duckdb";

/// The folder of runs' own files.
pub const WORK_FOLDER: &str = ".aim";

/// What the engine puts beside a database: its logs, and a folder for what does not fit into memory.
const ENGINE_SUFFIXES: [&str; 4] = [".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"];

/// Bytes of a database file that hold its headers.
const HEADERS: u64 = 3 * 4096;

/// A run's copy, and what keeps others from writing meanwhile.
pub struct WorkingCopy {
    original: PathBuf,
    copy: PathBuf,
    /// A mark of the original's content.
    mark: String,
    /// An open reader of the original, so that no other program can write what would be lost.
    guard: Option<DuckDb>,
}

impl WorkingCopy {
    /// Copies the warehouse. Only whoever holds the root's lock may.
    ///
    /// # Errors
    ///
    /// When another program writes the warehouse, or the copy cannot be made.
    pub fn begin(root: &Path, run_id: &str, lock: &RootLock) -> anyhow::Result<Self> {
        let this = Self::locate(root, run_id, lock)?;
        remove_if_there(&this.copy)?;
        this.forget_unfinished()?;
        for (from, to) in
            [(&this.original, &this.copy), (&log_of(&this.original), &log_of(&this.copy))]
        {
            if from.exists() {
                fs::copy(from, to).with_context(|| {
                    format!("{} cannot be copied: is there enough free space?", from.display())
                })?;
            }
        }
        Ok(this)
    }

    /// Takes up the copy of a run that did not end, as it was at its last [`WorkingCopy::checkpoint`].
    /// What was written after that is gone, whole or torn.
    ///
    /// # Errors
    ///
    /// When the copy is gone, or another program writes the warehouse.
    pub fn resume(root: &Path, run_id: &str, lock: &RootLock) -> anyhow::Result<Self> {
        let this = Self::locate(root, run_id, lock)?;
        if !this.copy.exists() {
            bail!("{} is gone: start a new run", this.copy.display());
        }
        this.forget_unfinished()?;
        Ok(this)
    }

    fn locate(root: &Path, run_id: &str, lock: &RootLock) -> anyhow::Result<Self> {
        let original = root.join(WAREHOUSE_FILE);
        let copy = lock.folder().join(format!("{run_id}.duckdb"));
        let guard = if original.exists() { Some(open_reader(&original)?) } else { None };
        let mark = mark(&original)?;
        Ok(Self { original, copy, mark, guard })
    }

    /// Removes the log of what was written since the last checkpoint, and what the engine put aside.
    /// The engine changes no block that a checkpoint refers to before the next one is whole.
    fn forget_unfinished(&self) -> anyhow::Result<()> {
        for suffix in ENGINE_SUFFIXES {
            remove_if_there(&beside(&self.copy, suffix))?;
        }
        Ok(())
    }

    /// Whether a run's copy has left its place, as it does last of all.
    pub fn is_gone(run_id: &str, lock: &RootLock) -> bool {
        !lock.folder().join(format!("{run_id}.duckdb")).exists()
    }

    /// Tells contents of the warehouse apart: it changes with every change of the file.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Opens the copy. Nothing but [`WorkingCopy::checkpoint`] writes into the file itself what would
    /// be found when the run is continued.
    ///
    /// # Errors
    ///
    /// When it is no database of this engine, or a setting is unknown.
    pub fn open(&self, settings: &[(&str, String)]) -> anyhow::Result<DuckDb> {
        let never = [("checkpoint_threshold", "1TB".to_owned())];
        let open = || -> anyhow::Result<DuckDb> {
            let warehouse = DuckDb::open(Some(&self.copy), &[&never[..], settings].concat())?;
            warehouse.connection().execute_batch("pragma disable_checkpoint_on_shutdown")?;
            Ok(warehouse)
        };
        open()
            .with_context(|| format!("The warehouse {} cannot be opened", self.original.display()))
    }

    /// A file name for this run's temporary use.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.copy.with_file_name(name)
    }

    /// Makes the copy whole on disk, with everything that was committed.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails; the last checkpoint stays good.
    pub fn checkpoint(&self, warehouse: &DuckDb) -> anyhow::Result<()> {
        warehouse
            .connection()
            .execute_batch("checkpoint")
            .context("The warehouse cannot be saved: is there enough free space?")
    }

    /// Puts the copy in the warehouse's place.
    ///
    /// # Errors
    ///
    /// When the disk is full or the folder cannot be written; the old warehouse stays.
    pub fn publish(mut self, warehouse: DuckDb) -> anyhow::Result<()> {
        self.checkpoint(&warehouse)?;
        drop(warehouse);
        if log_of(&self.copy).exists() {
            bail!("The warehouse could not be saved whole: is there enough free space?");
        }
        File::open(&self.copy)?.sync_all().with_context(|| unwritable(&self.copy))?;
        self.guard = None;
        fs::rename(&self.copy, &self.original).with_context(|| unwritable(&self.original))?;
        Self::finish_publishing(&self.original)
    }

    /// The little that follows once the copy is in the warehouse's place.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn finish_publishing(warehouse: &Path) -> anyhow::Result<()> {
        // The original's log, if it had one, is part of the copy.
        remove_if_there(&log_of(warehouse))
    }

    /// Throws the copy away.
    ///
    /// # Errors
    ///
    /// When it cannot be removed.
    pub fn discard(self, warehouse: DuckDb) -> anyhow::Result<()> {
        drop(warehouse);
        remove_if_there(&log_of(&self.copy))?;
        remove_if_there(&self.copy)
    }
}

/// Length and headers: the engine counts in them how often it wrote the file. What is in the log only
/// shows in the log's length.
fn mark(original: &Path) -> anyhow::Result<String> {
    let unreadable = || format!("{} cannot be read", original.display());
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let mut headers = Vec::new();
    if original.exists() {
        let file = File::open(original).with_context(unreadable)?;
        file.take(HEADERS).read_to_end(&mut headers).with_context(unreadable)?;
    }
    let digest = Sha256::digest(&headers);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}+{} {digest}", length(original), length(&log_of(original))))
}

fn open_reader(path: &Path) -> anyhow::Result<DuckDb> {
    DuckDb::open_bare(Some(path), &[("access_mode", "READ_ONLY".to_owned())]).with_context(|| {
        format!("{} cannot be read: if another program writes it, close that first", path.display())
    })
}

/// The write-ahead log that belongs to a database file.
fn log_of(path: &Path) -> PathBuf {
    beside(path, ".wal")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// Removes a file, or a folder with all that is in it.
fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| unwritable(path))
        }
        _ => Ok(()),
    }
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written: check its permissions and the free space", path.display())
}

#[cfg(test)]
mod tests;
