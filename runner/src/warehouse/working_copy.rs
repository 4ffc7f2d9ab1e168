//! A run's own copy of the warehouse file.
//!
//! A run works in `<root>/.aim/<run id>.duckdb` and puts it in place of `<root>/warehouse.duckdb` at
//! the end, in one rename. Readers of the file see the old tables or the new ones, whenever the run
//! fails or is killed; analysts may read while it runs.

use super::duckdb::DuckDb;
use anyhow::{Context as _, bail};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The file everyone opens.
pub const WAREHOUSE_FILE: &str = "warehouse.duckdb";

/// The folder of runs' own files.
pub const WORK_FOLDER: &str = ".aim";

/// The right to run in a root. Held until the last word about the run is written; released also when
/// it is killed.
pub struct RootLock {
    folder: PathBuf,
    _file: File,
}

impl RootLock {
    /// Takes the lock.
    ///
    /// # Errors
    ///
    /// When another run works in this root, or the root cannot be written.
    pub fn acquire(root: &Path) -> anyhow::Result<Self> {
        let folder = root.join(WORK_FOLDER);
        fs::create_dir_all(&folder).with_context(|| unwritable(&folder))?;
        let path = folder.join("lock");
        let file = File::create(&path).with_context(|| unwritable(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { folder, _file: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "Another run works in {}: wait for it, or give another --local-root",
                root.display()
            ),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| unwritable(&path)),
        }
    }
}

/// A run's copy, and what keeps others from writing meanwhile.
pub struct WorkingCopy {
    original: PathBuf,
    copy: PathBuf,
    /// An open reader of the original, so that no other program can write what would be lost.
    guard: Option<DuckDb>,
}

impl WorkingCopy {
    /// Clears away what killed runs left, and copies the warehouse. Only whoever holds the root's lock
    /// may.
    ///
    /// # Errors
    ///
    /// When another program writes the warehouse, or the copy cannot be made.
    pub fn begin(root: &Path, run_id: &str, lock: &RootLock) -> anyhow::Result<Self> {
        let folder = &lock.folder;
        clear(folder)?;
        let original = root.join(WAREHOUSE_FILE);
        let copy = folder.join(format!("{run_id}.duckdb"));
        let mut guard = None;
        if original.exists() {
            guard = Some(open_reader(&original)?);
            for (from, to) in [(&original, &copy), (&log_of(&original), &log_of(&copy))] {
                if from.exists() {
                    fs::copy(from, to).with_context(|| {
                        format!("{} cannot be copied: is there enough free space?", from.display())
                    })?;
                }
            }
        }
        Ok(Self { original, copy, guard })
    }

    /// Opens the copy.
    ///
    /// # Errors
    ///
    /// When it is no database of this engine, or a setting is unknown.
    pub fn open(&self, settings: &[(&str, String)]) -> anyhow::Result<DuckDb> {
        DuckDb::open(Some(&self.copy), settings)
            .with_context(|| format!("The warehouse {} cannot be opened", self.original.display()))
    }

    /// A file name for this run's temporary use.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.copy.with_file_name(name)
    }

    /// Puts the copy in the warehouse's place.
    ///
    /// # Errors
    ///
    /// When the disk is full or the folder cannot be written; the old warehouse stays.
    pub fn publish(mut self, warehouse: DuckDb) -> anyhow::Result<()> {
        warehouse
            .connection()
            .execute_batch("checkpoint")
            .context("The warehouse cannot be saved: is there enough free space?")?;
        drop(warehouse);
        if log_of(&self.copy).exists() {
            bail!("The warehouse could not be saved whole: is there enough free space?");
        }
        File::open(&self.copy)?.sync_all().with_context(|| unwritable(&self.copy))?;
        self.guard = None;
        fs::rename(&self.copy, &self.original).with_context(|| unwritable(&self.original))?;
        // The original's log, if it had one, is part of the copy.
        remove_if_there(&log_of(&self.original))
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

/// Removes what killed runs left behind. Only called under the lock: nobody uses it.
fn clear(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name != "lock") && path.is_file() {
            fs::remove_file(&path).with_context(|| unwritable(&path))?;
        }
    }
    Ok(())
}

fn open_reader(path: &Path) -> anyhow::Result<DuckDb> {
    DuckDb::open_bare(Some(path), &[("access_mode", "READ_ONLY".to_owned())]).with_context(|| {
        format!("{} cannot be read: if another program writes it, close that first", path.display())
    })
}

/// The write-ahead log that belongs to a database file.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".wal");
    path.with_file_name(name)
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
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
mod tests {
    use super::*;

    fn count(root: &Path) -> i64 {
        let reader = open_reader(&root.join(WAREHOUSE_FILE)).expect("a warehouse");
        let count = "select count(*) from duckdb_tables()";
        reader.connection().query_row(count, [], |row| row.get(0)).expect("a count")
    }

    fn begin(root: &Path, run_id: &str) -> anyhow::Result<WorkingCopy> {
        WorkingCopy::begin(root, run_id, &RootLock::acquire(root)?)
    }

    fn create(warehouse: &DuckDb, table: &str) {
        warehouse
            .connection()
            .execute_batch(&format!("create table {table} (x int)"))
            .expect("a table");
    }

    #[test]
    fn readers_see_a_run_when_it_is_published() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let copy = begin(root, "1").expect("begun");
        let warehouse = copy.open(&[]).expect("opened");
        create(&warehouse, "a");
        copy.publish(warehouse).expect("published");
        assert_eq!(count(root), 1);

        let copy = begin(root, "2").expect("begun");
        let warehouse = copy.open(&[]).expect("opened");
        create(&warehouse, "b");
        assert_eq!(count(root), 1, "not before");
        copy.publish(warehouse).expect("published");
        assert_eq!(count(root), 2);
    }

    #[test]
    fn a_failed_run_leaves_the_warehouse_as_it_was() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let copy = begin(root, "1").expect("begun");
        let warehouse = copy.open(&[]).expect("opened");
        create(&warehouse, "a");
        copy.publish(warehouse).expect("published");
        let copy = begin(root, "2").expect("begun");
        let warehouse = copy.open(&[]).expect("opened");
        create(&warehouse, "b");
        // As if killed: neither published nor discarded.
        drop((copy, warehouse));
        let copy = begin(root, "3").expect("begun again");
        assert!(!copy.scratch("2.duckdb").exists(), "cleared away");
        let warehouse = copy.open(&[]).expect("opened");
        copy.discard(warehouse).expect("discarded");
        assert_eq!(count(root), 1);
    }

    #[test]
    fn a_second_run_is_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let first = RootLock::acquire(root.path()).expect("locked");
        let error = RootLock::acquire(root.path()).err().expect("refused").to_string();
        assert!(error.contains("Another run works in"), "{error}");
        drop(first);
        assert!(RootLock::acquire(root.path()).is_ok());
    }
}
