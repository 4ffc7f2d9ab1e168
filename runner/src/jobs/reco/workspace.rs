//! The files of a run that nobody else sees.
//!
//! `<root>/.aim/reco/<run id>/` holds them and a lock; it is gone when the run is, or at the start of the
//! next one when the run was killed.

use crate::serving::Failure;
use crate::warehouse::working_copy::WORK_FOLDER;
use anyhow::Context as _;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A run's own folder; removed when dropped.
pub(super) struct Workspace {
    folder: PathBuf,
    _lock: File,
}

impl Workspace {
    /// Makes the folder, and clears away those of dead runs.
    pub(super) fn begin(root: &Path, run_id: &str) -> anyhow::Result<Self> {
        let all = root.join(WORK_FOLDER).join("reco");
        fs::create_dir_all(&all).with_context(|| {
            format!("{} cannot be made: give a folder with --local-root", all.display())
        })?;
        // One run begins at a time: what has no lock now was being made by one that was killed.
        let beginning = File::create(all.with_extension("lock"))?;
        beginning.lock()?;
        for entry in fs::read_dir(&all)? {
            let path = entry?.path();
            if path.is_dir() && is_dead(&path) {
                let removed = fs::remove_dir_all(&path);
                // Its own run, which is just ending, may have been faster.
                if removed.as_ref().is_err_and(|error| error.kind() != ErrorKind::NotFound) {
                    removed.with_context(|| format!("{} cannot be removed", path.display()))?;
                }
            }
        }
        let folder = all.join(run_id);
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().with_context(|| format!("{} is another run's", folder.display()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// A file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What is left over is cleared away by the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether nobody holds the folder's lock.
fn is_dead(folder: &Path) -> bool {
    File::open(folder.join("lock")).map_or(true, |lock| lock.try_lock().is_ok())
}

/// The right to export a table into a folder.
///
/// # Errors
///
/// [`Failure::Locked`] when another run is at it.
pub(super) fn lock_target(target: &Path, table: &str) -> anyhow::Result<File> {
    let path = target.join(format!(".{table}.lock"));
    let lock =
        File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Failure::Locked(format!(
            "Another export of {table} to {} is under way: wait for it",
            target.display()
        ))
        .into()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}
