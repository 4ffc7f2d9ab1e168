//! The folder a run works in: nobody else's, and gone afterwards.

use crate::retry::random;
use anyhow::Context as _;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// A folder that only this user may look into; removed when dropped.
pub(crate) struct Scratch {
    path: PathBuf,
    keep: bool,
}

impl Scratch {
    /// Makes one below `parent`, or where the system has such folders.
    pub(crate) fn new(parent: Option<&str>, run_id: &str) -> anyhow::Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
        let name = format!("aim-{run_id}-{:08x}", (random() * f64::from(u32::MAX)) as u32);
        let path = parent.join(name);
        let made = fs::create_dir_all(&parent)
            .and_then(|()| DirBuilder::new().mode(0o700).create(&path))
            .and_then(|()| path.canonicalize());
        let path = made.with_context(|| {
            format!("{} cannot be made: give another folder in AIM_SCRATCH", path.display())
        })?;
        Ok(Self { path, keep: false })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Has it stay.
    pub(crate) fn keep(mut self) -> PathBuf {
        self.keep = true;
        self.path.clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!("{} stays: {error}", self.path.display());
        }
    }
}
