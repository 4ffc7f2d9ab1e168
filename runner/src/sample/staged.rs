//! Files that appear whole or not at all.

use anyhow::Context;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A file under a temporary name beside its place. Gone when dropped, unless moved there before.
pub(super) struct Staged {
    place: PathBuf,
    temporary: PathBuf,
}

impl Staged {
    /// Prepares the place of a file: its folder exists afterwards.
    pub(super) fn new(place: &Path) -> anyhow::Result<Self> {
        let folder = place.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| {
            format!("Cannot create the folder {}: name a writable folder", folder.display())
        })?;
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        Ok(Self { place: place.to_owned(), temporary: folder.join(name) })
    }

    /// Where to write until the file is complete.
    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Moves the file to its place, replacing an older one.
    pub(super) fn publish(self) -> anyhow::Result<()> {
        fs::rename(&self.temporary, &self.place).with_context(|| cannot_write(&self.place))
    }

    /// What to say when writing fails.
    pub(super) fn cannot_write(&self) -> String {
        cannot_write(&self.place)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After publishing, and when nothing was written, there is nothing to remove.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn cannot_write(path: &Path) -> String {
    format!(
        "Cannot write {}: check that the folder is writable and the disk has space",
        path.display()
    )
}

/// Writes a small text file.
pub(super) fn write_text(place: &Path, text: &str) -> anyhow::Result<()> {
    let staged = Staged::new(place)?;
    fs::write(staged.path(), text).with_context(|| staged.cannot_write())?;
    staged.publish()
}
