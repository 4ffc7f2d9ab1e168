//! The folder that shards travel through.

use crate::serving::Failure;
use crate::store::{LocalStore, ObjectStore as _, segments};
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// A folder of shards, and the name the caller gave it.
pub(super) struct Bucket {
    store: LocalStore,
    /// The folder below the store's root.
    folder: String,
    name: String,
}

impl Bucket {
    /// Understands `gs://bucket/prefix` (locally a folder below the root), `file:///folder`, and plain
    /// paths. The folder is made if it is missing.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] for another scheme or no path; or when the folder cannot be made.
    pub(super) fn open(root: &Path, text: &str) -> anyhow::Result<Self> {
        let path = local_path(root, text).map_err(|reason| {
            Failure::Usage(format!(
                "--bucket-path {text}: {reason}; give gs://bucket/prefix or a folder"
            ))
        })?;
        std::fs::create_dir_all(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        let path = path.canonicalize()?;
        let (parent, folder) =
            path.parent().zip(path.file_name().and_then(|name| name.to_str())).with_context(
                || Failure::Usage(format!("--bucket-path {text}: it names no folder")),
            )?;
        let store = LocalStore::new(parent)?;
        Ok(Self { store, folder: folder.to_owned(), name: text.trim_end_matches('/').to_owned() })
    }

    /// As the caller wrote it, without slashes at the end.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where a file of the folder is.
    pub(super) fn path(&self, file: &str) -> anyhow::Result<PathBuf> {
        self.store.resolve(&format!("{}/{file}", self.folder))
    }

    /// The files of the folder that begin and end so, in order; none of deeper folders.
    pub(super) fn list(&self, prefix: &str, suffix: &str) -> anyhow::Result<Vec<String>> {
        let files = self.store.list(&self.folder)?;
        let inside = format!("{}/", self.folder);
        let names = files.iter().filter_map(|path| path.strip_prefix(&inside));
        let fits =
            |name: &&str| !name.contains('/') && name.starts_with(prefix) && name.ends_with(suffix);
        Ok(names.filter(fits).map(str::to_owned).collect())
    }

    /// Writes a file whole.
    pub(super) fn write(&self, file: &str, content: &[u8]) -> anyhow::Result<()> {
        self.store.write(&format!("{}/{file}", self.folder), content)
    }
}

fn local_path(root: &Path, text: &str) -> Result<PathBuf, String> {
    if let Some(object) = text.strip_prefix("gs://") {
        let segments = segments(object).map_err(|error| error.to_string())?;
        return Ok(segments.iter().fold(root.join("gs"), |path, segment| path.join(segment)));
    }
    let path = text.strip_prefix("file://").unwrap_or(text);
    if path.contains("://") {
        return Err("its scheme is unknown".to_owned());
    }
    if path.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_lead_to_folders() {
        let path = |text| local_path(Path::new("/root"), text);
        assert_eq!(path("gs://b/x//y/"), Ok(PathBuf::from("/root/gs/b/x/y")));
        assert_eq!(path("file:///data/x"), Ok(PathBuf::from("/data/x")));
        assert_eq!(path("exports"), Ok(PathBuf::from("exports")));
        for text in ["s3://b/x", "", "gs://", "gs://b/../x"] {
            assert!(path(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_folders_own_files_are_listed() {
        let root = tempfile::tempdir().unwrap();
        let bucket = Bucket::open(root.path(), "gs://b/day/").unwrap();
        assert_eq!(bucket.name(), "gs://b/day");
        for file in ["t-1.parquet", "t-0.parquet", "u-0.parquet", "t-0.csv", "deep/t-2.parquet"] {
            bucket.write(file, b"").unwrap();
        }
        assert_eq!(bucket.list("t-", ".parquet").unwrap(), ["t-0.parquet", "t-1.parquet"]);
    }
}
