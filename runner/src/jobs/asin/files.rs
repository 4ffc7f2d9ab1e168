//! Files that appear whole or not at all, wherever a command was told to put them.

use anyhow::Context as _;
use std::fs;
use std::path::Path;
use tempfile::TempPath;

/// Writes a file, and the folders it is in.
pub(super) fn write(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    write_by(file, |staged| fs::write(staged, content).with_context(|| unwritable(file)))
}

/// The same by `fill`, which is told where the content goes meanwhile.
pub(super) fn write_by<T>(
    file: &Path,
    fill: impl FnOnce(&TempPath) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unwritable = || unwritable(file);
    fs::create_dir_all(folder).with_context(unwritable)?;
    let staged = tempfile::Builder::new().prefix(".").tempfile_in(folder);
    let staged = staged.with_context(unwritable)?.into_temp_path();
    let filled = fill(&staged)?;
    fs::File::open(&staged).and_then(|file| file.sync_all()).with_context(unwritable)?;
    staged.persist(file).map_err(|error| error.error).with_context(unwritable)?;
    Ok(filled)
}

fn unwritable(file: &Path) -> String {
    format!("{} cannot be written: check its folder and the free space", file.display())
}

/// Reads a text file.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// A path, absolute, as SQL can have it.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let absolute = std::path::absolute(path)?;
    let text =
        absolute.to_str().with_context(|| format!("{path:?} is no UTF-8 path: rename it"))?;
    Ok(text.to_owned())
}
