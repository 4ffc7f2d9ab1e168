//! The folder that shards travel through: of this machine, or of a bucket of Cloud Storage.

use super::workspace::lock_target;
use crate::cloud::Session;
use crate::config::reco::RecoConfig;
use crate::serving::Failure;
use crate::store::{LocalStore, ObjectFile, ObjectStore, ObjectUri, Version, segments};
use anyhow::Context as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of shards, and the name the caller gave it.
pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    /// The folder below the store's root.
    folder: String,
    name: String,
    place: Place,
}

/// What only one of the two has.
enum Place {
    Local(PathBuf),
    Cloud(ObjectUri),
}

impl Bucket {
    /// Understands `gs://bucket/prefix`, `file:///folder`, and plain paths. Without a session, `gs://` is a
    /// folder below the local root. A folder is made if it is missing.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] for another scheme or no path; or when the folder cannot be made.
    pub(super) fn open(
        config: &RecoConfig,
        session: Option<&Session>,
        text: &str,
    ) -> anyhow::Result<Self> {
        let usage = |reason: String| {
            Failure::Usage(format!(
                "--bucket-path {text}: {reason}; give gs://bucket/prefix or a folder"
            ))
        };
        let name = text.trim_end_matches('/').to_owned();
        if let Some(session) = session {
            let path = text.strip_prefix("gs://");
            let path = path.ok_or_else(|| usage("it is no bucket of Cloud Storage".to_owned()))?;
            let parts = segments(path).map_err(|error| usage(error.to_string()))?;
            let (bucket, folder) = (parts[0].to_owned(), parts[1..].join("/"));
            if folder.is_empty() {
                return Err(usage("it names no folder".to_owned()).into());
            }
            let store = session.gcs.store(&bucket, "", &config.local_root);
            let place = Place::Cloud(ObjectUri { bucket, object: folder.clone() });
            return Ok(Self { store: Arc::new(store), folder, name, place });
        }
        let path = local_path(&config.local_root, text).map_err(usage)?;
        std::fs::create_dir_all(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        let path = path.canonicalize()?;
        let (parent, folder) =
            path.parent().zip(path.file_name().and_then(|name| name.to_str())).with_context(
                || Failure::Usage(format!("--bucket-path {text}: it names no folder")),
            )?;
        let (store, folder) = (Arc::new(LocalStore::new(parent)?), folder.to_owned());
        Ok(Self { store, folder, name, place: Place::Local(path) })
    }

    /// As the caller wrote it, without slashes at the end.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The right to replace the shards of a table. In a bucket nobody can lock: who comes second finds the
    /// manifest changed.
    ///
    /// # Errors
    ///
    /// [`Failure::Locked`] when another run is at it.
    pub(super) fn lock(&self, table: &str) -> anyhow::Result<Option<File>> {
        self.local_folder().map(|folder| lock_target(folder, table)).transpose()
    }

    /// Where it is on this machine, if it is.
    pub(super) fn local_folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Local(folder) => Some(folder),
            Place::Cloud(_) => None,
        }
    }

    /// A file's address in the cloud.
    ///
    /// # Errors
    ///
    /// When it is on this machine.
    pub(super) fn object(&self, file: &str) -> anyhow::Result<ObjectUri> {
        let Place::Cloud(folder) = &self.place else {
            anyhow::bail!("{} is no bucket of Cloud Storage", self.name)
        };
        Ok(ObjectUri { bucket: folder.bucket.clone(), object: self.path(file) })
    }

    fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.folder)
    }

    /// The files of the folder that begin and end so, in order; none of deeper folders.
    pub(super) fn list(&self, prefix: &str, suffix: &str) -> anyhow::Result<Vec<String>> {
        let files = self.store.list(&self.folder)?;
        let inside = self.path("");
        let names = files.iter().filter_map(|path| path.strip_prefix(&inside));
        let fits =
            |name: &&str| !name.contains('/') && name.starts_with(prefix) && name.ends_with(suffix);
        Ok(names.filter(fits).map(str::to_owned).collect())
    }

    /// Opens a file, if it is there.
    pub(super) fn open_file(&self, file: &str) -> anyhow::Result<Option<Arc<dyn ObjectFile>>> {
        self.store.open(&self.path(file))
    }

    /// Opens a file that must be there.
    pub(super) fn file(&self, file: &str) -> anyhow::Result<Arc<dyn ObjectFile>> {
        self.open_file(file)?.with_context(|| format!("{file} is missing in {}", self.name))
    }

    /// Writes a file whole, unless somebody else has.
    pub(super) fn write(
        &self,
        file: &str,
        content: &[u8],
        seen: Version,
    ) -> anyhow::Result<Version> {
        self.store.write_unless_changed(&self.path(file), content, seen)
    }

    /// Moves a file of this machine here.
    pub(super) fn put(&self, file: &str, from: &Path) -> anyhow::Result<()> {
        self.store.put_file(&self.path(file), from)
    }

    /// Puts a file in the place of another.
    pub(super) fn rename(&self, from: &str, to: &str) -> anyhow::Result<()> {
        self.store.rename(&self.path(from), &self.path(to))
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, file: &str) -> anyhow::Result<()> {
        self.store.remove(&self.path(file))
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
    use crate::config::Environment;
    use crate::config::reco::RecoFlags;

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
        let local_root = Some(root.path().to_str().unwrap().to_owned());
        let flags = RecoFlags { local_root, ..RecoFlags::default() };
        let config = RecoConfig::load(&Environment::default(), &flags).unwrap();
        let bucket = Bucket::open(&config, None, "gs://b/day/").unwrap();
        assert_eq!(bucket.name(), "gs://b/day");
        for file in ["t-1.parquet", "t-0.parquet", "u-0.parquet", "t-0.csv", "deep/t-2.parquet"] {
            bucket.write(file, b"", 0).unwrap();
        }
        assert_eq!(bucket.list("t-", ".parquet").unwrap(), ["t-0.parquet", "t-1.parquet"]);
    }
}
