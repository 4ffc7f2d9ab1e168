//! Which files a run works on, and whether they are still the same when it is continued.

use super::{Stage, reference, runlist, sources};
use crate::config::Config;
use crate::record::Inputs;
use crate::store::{LocalStore, ObjectStore as _};
use anyhow::bail;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// How much of a file is read at once.
const CHUNK: usize = 1 << 20;

/// The files that these stages read, and the preparation if that is to be done, each with its SHA-256.
pub(super) fn files(
    store: &LocalStore,
    config: &Config,
    prepared: bool,
    stages: &[Stage],
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut paths = if prepared { Vec::new() } else { store.list(reference::FOLDER)? };
    if stages.contains(&Stage::LoadData) {
        for name in [sources::SALES, sources::TYRES] {
            paths.extend(sources::wanted(store, config, name)?);
        }
    }
    if stages.contains(&Stage::BatchRecommender) && !config.ignore_overrides {
        paths.push(runlist::FILE.to_owned());
    }
    // A file that cannot be read is its stage's to report.
    let hashed = paths.into_iter().filter_map(|path| {
        let hash = store.local_copy(&path).and_then(|file| sha256(&file)).ok()?;
        Some((path, hash))
    });
    Ok(hashed.collect())
}

fn sha256(path: &Path) -> anyhow::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hash.update(&chunk[..read]);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// That everything is as it was when the run began. `now` has what is still to be read; what only
/// `before` has was read already, and must not have changed either: what a run leaves is made of one set
/// of files.
pub(super) fn check(
    store: &LocalStore,
    before: &Inputs,
    now: &BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let mut changed = Vec::new();
    for (path, hash) in &before.files {
        match store.local_copy(path).and_then(|file| sha256(&file)) {
            Ok(same) if same == *hash => {}
            Ok(_) => changed.push(format!("{path} has changed")),
            Err(_) => changed.push(format!("{path} is gone")),
        }
    }
    let new = now.keys().filter(|path| !before.files.contains_key(*path));
    changed.extend(new.map(|path| format!("{path} is new")));
    if !changed.is_empty() {
        bail!(
            "The input is not what the run began with: {}; put it back, or start a new run",
            changed.join(", ")
        );
    }
    Ok(())
}
