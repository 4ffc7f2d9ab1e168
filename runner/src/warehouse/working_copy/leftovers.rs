//! What runs left behind that did not end.

use super::lock::{LOCK_FILE, RootLock};
use super::remove_if_there;
use std::fs;

/// Removes what runs left behind that did not end, but for those to be kept.
///
/// # Errors
///
/// When it cannot be removed.
pub fn collect(lock: &RootLock, keep: &[String]) -> anyhow::Result<()> {
    clear(lock, |name| !keep.iter().any(|id| is_of(name, id)))
}

/// Removes what one run left behind.
///
/// # Errors
///
/// When it cannot be removed.
pub fn forget(lock: &RootLock, run_id: &str) -> anyhow::Result<()> {
    clear(lock, |name| is_of(name, run_id))
}

fn is_of(name: &str, run_id: &str) -> bool {
    name.strip_prefix(run_id).is_some_and(|rest| rest.starts_with('.'))
}

fn clear(lock: &RootLock, goes: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(lock.folder())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != LOCK_FILE && goes(&name) {
            names.push(name);
        }
    }
    // Journals first: one without its copy would tell of a run that was put in place.
    names.sort_by_key(|name| !name.ends_with(".journal"));
    names.iter().try_for_each(|name| remove_if_there(&lock.folder().join(name)))
}
