//! A run's own copy of the warehouse file.
//!
//! A run works in `<root>/.aim/<run id>.duckdb` and puts it in place of `<root>/warehouse.duckdb` at
//! the end, in one rename. Readers of the file see the old tables or the new ones, whenever the run
//! fails or is killed; analysts may read while it runs. The copy can be taken up again by another
//! process, as it was at its last checkpoint.

use super::duckdb::DuckDb;
use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The file everyone opens.
pub const WAREHOUSE_FILE: &str = "warehouse.duckdb";

/// The folder of runs' own files.
pub const WORK_FOLDER: &str = ".aim";

/// In that folder, what a run holds while it works.
const LOCK_FILE: &str = "lock";

/// What the engine puts beside a database: its logs, and a folder for what does not fit into memory.
const ENGINE_SUFFIXES: [&str; 4] = [".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"];

/// Bytes of a database file that hold its headers.
const HEADERS: u64 = 3 * 4096;

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
        let path = folder.join(LOCK_FILE);
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

    /// The folder of runs' own files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

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
        let copy = lock.folder.join(format!("{run_id}.duckdb"));
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
        !lock.folder.join(format!("{run_id}.duckdb")).exists()
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

/// Removes what runs left behind that did not end, but for those to be kept.
///
/// # Errors
///
/// When it cannot be removed.
pub fn collect(lock: &RootLock, keep: &[String]) -> anyhow::Result<()> {
    clear(lock, |name| !keep.iter().any(|id| is_of(name, id)))
}

/// Removes what one run left behind.
///
/// # Errors
///
/// When it cannot be removed.
pub fn forget(lock: &RootLock, run_id: &str) -> anyhow::Result<()> {
    clear(lock, |name| is_of(name, run_id))
}

fn is_of(name: &str, run_id: &str) -> bool {
    name.strip_prefix(run_id).is_some_and(|rest| rest.starts_with('.'))
}

fn clear(lock: &RootLock, goes: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    for entry in fs::read_dir(&lock.folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name != LOCK_FILE && goes(&name) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
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
        collect(&RootLock::acquire(root).expect("locked"), &["3".to_owned()]).expect("collected");
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

    #[test]
    fn a_copy_is_resumed_from_its_last_checkpoint() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let copy = begin(root, "1").expect("begun");
        let warehouse = copy.open(&[]).expect("opened");
        create(&warehouse, "kept");
        copy.checkpoint(&warehouse).expect("saved");
        let rows = "create table lost as select range x from range(1000000); drop table kept";
        warehouse.connection().execute_batch(rows).expect("written");
        assert!(log_of(&copy.scratch("1.duckdb")).exists(), "not in the file");
        // As if killed: the engine does not get to close anything.
        std::mem::forget(warehouse);
        let folder = copy.scratch("1.duckdb.tmp");
        fs::create_dir_all(&folder).expect("a folder");
        drop(copy);
        // Elsewhere, because this process still has the file open.
        let other = tempfile::tempdir().expect("a folder");
        let lock = RootLock::acquire(other.path()).expect("locked");
        for name in ["1.duckdb", "1.duckdb.wal"] {
            let from = root.join(WORK_FOLDER).join(name);
            fs::copy(from, lock.folder().join(name)).expect("copied");
        }
        let copy = WorkingCopy::resume(other.path(), "1", &lock).expect("resumed");
        let warehouse = copy.open(&[]).expect("opened");
        let tables = "select string_agg(table_name) from duckdb_tables()";
        let tables: String =
            warehouse.connection().query_row(tables, [], |row| row.get(0)).expect("tables");
        assert_eq!(tables, "kept");
    }

    #[test]
    fn every_change_of_the_warehouse_shows_in_its_mark() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let file = root.join(WAREHOUSE_FILE);
        let mut marks = vec![mark(&file).expect("marked")];
        for sql in ["create table a (x int)", "insert into a values (1)", "update a set x = 2"] {
            let writer = DuckDb::open_bare(Some(&file), &[]).expect("opened");
            writer.connection().execute_batch(sql).expect("written");
            marks.push(mark(&file).expect("marked"));
            drop(writer);
            marks.push(mark(&file).expect("marked"));
            // Reading changes nothing.
            drop(open_reader(&file).expect("opened"));
            assert_eq!(Some(&mark(&file).expect("marked")), marks.last());
        }
        let all = marks.len();
        marks.sort();
        marks.dedup();
        assert_eq!(marks.len(), all);
    }

    #[test]
    fn leftovers_go_but_for_those_that_are_kept() {
        let root = tempfile::tempdir().expect("a folder");
        let lock = RootLock::acquire(root.path()).expect("locked");
        let names = ["1.duckdb", "1.journal", "2.journal", "21.journal", "results_2.csv"];
        let all = || {
            for name in names {
                fs::write(lock.folder().join(name), "").expect("written");
            }
            fs::create_dir_all(lock.folder().join("1.duckdb.tmp/x")).expect("a folder");
        };
        let left = || {
            let entries = fs::read_dir(lock.folder()).expect("read");
            let mut names: Vec<String> = entries
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        all();
        collect(&lock, &["2".to_owned()]).expect("collected");
        assert_eq!(left(), ["2.journal", "lock"]);
        all();
        forget(&lock, "1").expect("forgotten");
        assert_eq!(left(), ["2.journal", "21.journal", "lock", "results_2.csv"]);
    }
}
