//! Files: one rule for paths, writes that appear whole or not at all, reads of any part.

mod gcs;
mod local;
mod windows;

pub use gcs::{Gcs, GcsStore, ObjectUri};
pub use local::LocalStore;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
pub use windows::Windows;

/// Where files live. Paths are relative to its root, with `/`.
pub trait ObjectStore: Send + Sync {
    /// Writes a file whole: a reader sees the old content or the new one.
    fn write(&self, path: &str, content: &[u8]) -> anyhow::Result<()>;

    /// Every file below `prefix`, in order of their paths; none where there is no such folder.
    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>>;

    /// Moves a finished local file into the store, replacing what is there.
    fn put_file(&self, path: &str, file: &std::path::Path) -> anyhow::Result<()>;

    /// A local path to read the file from.
    fn local_copy(&self, path: &str) -> anyhow::Result<PathBuf>;

    /// Opens a file, to read of it what is needed; none where there is no such file.
    fn open(&self, path: &str) -> anyhow::Result<Option<Arc<dyn ObjectFile>>>;

    /// Moves a file within the store, replacing what is there.
    fn rename(&self, from: &str, to: &str) -> anyhow::Result<()>;

    /// Removes a file, if there is one.
    fn remove(&self, path: &str) -> anyhow::Result<()>;

    /// As [`ObjectStore::write`], unless somebody else has written the file since it had the version `seen`:
    /// then [`Changed`]. Answers the version that it has now. A folder has no versions; its writers hold a lock.
    fn write_unless_changed(
        &self,
        path: &str,
        content: &[u8],
        seen: Version,
    ) -> anyhow::Result<Version>;
}

/// Tells contents of a file apart; 0 where there is no file, and of every file in a folder.
pub type Version = i64;

/// Somebody else has written a file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} has been written by somebody else meanwhile")]
pub struct Changed(pub String);

/// A file as it was when it was opened, also when it is replaced meanwhile.
pub trait ObjectFile: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// The bytes from `start` on; `length` of them, or an error.
    fn read(&self, start: u64, length: usize) -> anyhow::Result<Bytes>;

    /// A digest of its whole content: the one that the store has, or computes at least cost.
    fn digest(&self) -> anyhow::Result<Digest>;

    /// Its version.
    fn version(&self) -> Version;

    /// All of it.
    ///
    /// # Errors
    ///
    /// As for [`ObjectFile::read`].
    fn content(&self) -> anyhow::Result<Bytes> {
        self.read(0, usize::try_from(self.size())?)
    }
}

/// A digest of a file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// SHA-256, lower-case hexadecimal.
    Sha256(String),
    /// CRC32C, in base64 as Cloud Storage has it.
    Crc32c(String),
}

/// Why a path is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("The path {path:?} is refused: {reason}")]
pub struct BadPath {
    path: String,
    reason: &'static str,
}

/// The segments of a relative path, `.` and empty ones left out.
///
/// # Errors
///
/// Absolute paths, `..` as a segment, backslashes, drive letters, schemes, NUL, and the empty path.
pub fn segments(path: &str) -> Result<Vec<&str>, BadPath> {
    let refuse = |reason| Err(BadPath { path: path.to_owned(), reason });
    if path.contains("://") {
        return refuse("it has a scheme; give a path below the root");
    }
    if path.starts_with('/') {
        return refuse("it is absolute; give a path below the root");
    }
    if path.contains('\\') {
        return refuse("it has a backslash; use /");
    }
    if path.contains('\0') {
        return refuse("it has a NUL character");
    }
    let drive = path.as_bytes();
    if drive.len() >= 2 && drive[0].is_ascii_alphabetic() && drive[1] == b':' {
        return refuse("it has a drive letter; give a path below the root");
    }
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    if segments.contains(&"..") {
        return refuse("it leaves its folder with ..");
    }
    if segments.is_empty() {
        return refuse("it is empty");
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_normalised() {
        assert_eq!(segments("./a//b.csv"), Ok(vec!["a", "b.csv"]));
        assert_eq!(segments("a..b.csv"), Ok(vec!["a..b.csv"]));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["/etc/x", "../x", "a/../b", "gs://b/x", "C:\\x", "C:x", "a\\b", "", ".", "a\0"]
        {
            assert!(segments(path).is_err(), "{path:?}");
        }
    }
}
