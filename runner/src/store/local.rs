use super::{Digest, ObjectFile, ObjectStore, Version, segments};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that are digested at once.
const DIGESTED: u64 = 1 << 16;

/// A folder.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// The store in the folder `root`, which is created if it is missing.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created, or is a file.
    pub fn new(root: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(root).with_context(|| {
            format!(
                "The local root {} cannot be made: give a folder with --local-root",
                root.display()
            )
        })?;
        let root = root
            .canonicalize()
            .with_context(|| format!("The local root {} cannot be read", root.display()))?;
        Ok(Self { root })
    }

    /// The root folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `path` is on disk. A link that leads out of the root is refused.
    ///
    /// # Errors
    ///
    /// [`super::BadPath`], or a link that leads out.
    pub fn resolve(&self, path: &str) -> anyhow::Result<PathBuf> {
        let mut resolved = self.root.clone();
        resolved.extend(segments(path)?);
        // What exists so far must really be inside.
        let existing = resolved.ancestors().find(|ancestor| ancestor.exists());
        if let Some(real) = existing.and_then(|existing| existing.canonicalize().ok())
            && !real.starts_with(&self.root)
        {
            bail!("The path {path:?} is refused: a link leads out of {}", self.root.display());
        }
        Ok(resolved)
    }

    /// Opens a file to append to it, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn append(&self, path: &str) -> anyhow::Result<fs::File> {
        let target = self.target(path)?;
        let file = fs::File::options().create(true).append(true).open(&target);
        file.with_context(|| unwritable(&target))
    }

    fn target(&self, path: &str) -> anyhow::Result<PathBuf> {
        let target = self.resolve(path)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| unwritable(parent))?;
        }
        Ok(target)
    }
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written: check its permissions and the free space", path.display())
}

/// A name beside `target` that no other process uses.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

impl ObjectStore for LocalStore {
    fn write(&self, path: &str, content: &[u8]) -> anyhow::Result<()> {
        let target = self.target(path)?;
        let temporary = beside(&target);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&temporary)?;
            file.write_all(content)?;
            file.sync_data()?;
            fs::rename(&temporary, &target)
        };
        write().map_err(|error| {
            // Nothing is left behind; where even that fails, the first error says why.
            let _ = fs::remove_file(&temporary);
            anyhow::Error::new(error).context(unwritable(&target))
        })
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let folder = self.resolve(prefix)?;
        let mut found = Vec::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
                {
                    continue;
                }
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("{} cannot be read", folder.display()));
                }
            };
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(relative) = path.strip_prefix(&self.root) {
                    found.push(relative.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn put_file(&self, path: &str, file: &Path) -> anyhow::Result<()> {
        let target = self.target(path)?;
        fs::rename(file, &target).with_context(|| unwritable(&target))
    }

    fn local_copy(&self, path: &str) -> anyhow::Result<PathBuf> {
        let file = self.resolve(path)?;
        if !file.is_file() {
            bail!("{} is missing", file.display());
        }
        Ok(file)
    }

    fn open(&self, path: &str) -> anyhow::Result<Option<Arc<dyn ObjectFile>>> {
        let path = self.resolve(path)?;
        let open = || -> std::io::Result<LocalFile> {
            let file = fs::File::open(&path)?;
            let size = file.metadata()?.len();
            Ok(LocalFile { file, size, path: path.clone() })
        };
        match open() {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    fn rename(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let from = self.resolve(from)?;
        self.put_file(to, &from)
    }

    fn remove(&self, path: &str) -> anyhow::Result<()> {
        let target = self.resolve(path)?;
        match fs::remove_file(&target) {
            Err(error)
                if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Err(error).with_context(|| format!("{} cannot be removed", target.display()))
            }
            _ => Ok(()),
        }
    }

    fn write_unless_changed(
        &self,
        path: &str,
        content: &[u8],
        _: Version,
    ) -> anyhow::Result<Version> {
        self.write(path, content)?;
        Ok(0)
    }
}

/// An open file.
struct LocalFile {
    file: fs::File,
    size: u64,
    path: PathBuf,
}

impl ObjectFile for LocalFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, start: u64, length: usize) -> anyhow::Result<Bytes> {
        let mut content = vec![0; length];
        let read = self.file.read_exact_at(&mut content, start);
        read.with_context(|| format!("{} cannot be read", self.path.display()))?;
        Ok(content.into())
    }

    fn digest(&self) -> anyhow::Result<Digest> {
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < self.size {
            let length = (self.size - at).min(DIGESTED);
            hash.update(&self.read(at, length as usize)?);
            at += length;
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Digest::Sha256(digest))
    }

    fn version(&self) -> Version {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_whole_files_and_lists_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LocalStore::new(folder.path()).expect("a store");
        store.write("output/b.txt", b"1").expect("written");
        store.write("output/a/c.txt", b"2").expect("written");
        store.write("output/b.txt", b"3").expect("replaced");
        assert_eq!(store.list("output").expect("listed"), ["output/a/c.txt", "output/b.txt"]);
        assert_eq!(store.list("out").expect("listed"), [""; 0]);
        assert_eq!(fs::read(store.local_copy("output/b.txt").expect("there")).expect("read"), b"3");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = LocalStore::new(&folder.path().join("root")).expect("a store");
        std::os::unix::fs::symlink("/etc", store.root().join("out")).expect("a link");
        let error = store.local_copy("out/passwd").unwrap_err().to_string();
        assert!(error.contains("leads out"), "{error}");
    }
}
