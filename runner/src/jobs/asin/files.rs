//! Files that appear whole or not at all, wherever a command was told to put them.

use anyhow::Context as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Writes a file, and the folders it is in.
pub(super) fn write(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unwritable =
        || format!("{} cannot be written: check its folder and the free space", file.display());
    fs::create_dir_all(folder).with_context(unwritable)?;
    let staged = tempfile::Builder::new().prefix(".").tempfile_in(folder);
    let mut staged = staged.with_context(unwritable)?;
    staged
        .write_all(content)
        .and_then(|()| staged.as_file().sync_all())
        .with_context(unwritable)?;
    staged.persist(file).map_err(|error| error.error).with_context(unwritable)?;
    Ok(())
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
