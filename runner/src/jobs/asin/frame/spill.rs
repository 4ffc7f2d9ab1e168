//! Where the engine puts what does not fit into memory: a folder that ends with the command, or, where the command
//! was killed, when the next one begins.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use tempfile::{Builder, TempDir};

/// What the folders' names begin with.
const PREFIX: &str = "aim-asin-";

/// The file in it that its owner holds the lock of.
const LOCK: &str = "lock";

/// A folder of one engine.
pub(super) struct Spill {
    folder: TempDir,
    /// Let go when the folder is gone.
    _lock: File,
}

impl Spill {
    /// Makes one, and removes those whose owners are dead.
    ///
    /// # Errors
    ///
    /// When the system's temporary folder cannot be written to.
    pub(super) fn new() -> io::Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let folder = Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Locked before it has its name, so that a lock which can be had is a dead one's; where there are no locks
        // nothing is swept.
        let unnamed = folder.path().join("unlocked");
        let lock = File::create(&unnamed)?;
        if lock.try_lock().is_ok() {
            fs::rename(unnamed, folder.path().join(LOCK))?;
        }
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let path = entry.path();
        if let Ok(lock) = File::open(path.join(LOCK))
            && lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("{} is left over and cannot be removed: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_are_removed() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = |name: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).expect("made");
            (File::create(path.join(LOCK)).expect("made"), path)
        };
        let (dead, left) = folder("aim-asin-dead");
        fs::write(left.join("duckdb_temp_block-0.tmp"), "rows").expect("written");
        drop(dead);
        let (alive, kept) = folder("aim-asin-alive");
        alive.try_lock().expect("locked");
        let (_, other) = folder("another");
        let beginning = parent.path().join("aim-asin-beginning");
        fs::create_dir(&beginning).expect("made");
        sweep(parent.path());
        assert!(!left.exists() && kept.exists() && other.exists() && beginning.exists());
        sweep(&parent.path().join("none"));
    }

    #[test]
    fn a_folder_goes_with_its_owner() {
        let spill = Spill::new().expect("made");
        let path = spill.path().to_owned();
        sweep(&std::env::temp_dir());
        assert!(path.join(LOCK).exists());
        drop(spill);
        assert!(!path.exists());
    }
}
