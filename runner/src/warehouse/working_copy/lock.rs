//! One run at a time in a root.

use super::{WORK_FOLDER, unwritable};
use anyhow::{Context as _, bail};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// What a run holds while it works, in the folder of runs' own files.
pub(super) const LOCK_FILE: &str = "lock";

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
