//! Files: one rule for paths, writes that appear whole or not at all.

mod gcs;
mod local;

pub use gcs::{Gcs, GcsStore, ObjectUri};
pub use local::LocalStore;

use std::path::PathBuf;

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
