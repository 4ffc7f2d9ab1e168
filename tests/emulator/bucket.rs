//! Buckets.

use crate::Case;
use crate::setup::{BUCKET, Setup};
use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::store::{Gcs, GcsStore, ObjectStore as _, ObjectUri};
use anyhow::ensure;
use std::path::Path;
use std::sync::Arc;

pub(crate) const ALL: &[Case] = &[
    ("bucket::files_come_back_as_they_were", round_trips),
    ("bucket::lists_are_of_folders", lists),
    ("bucket::what_is_missing_is_named", missing),
];

fn store(setup: &Setup, copies: &Path) -> anyhow::Result<GcsStore> {
    let (runtime, usage) = (Arc::new(Runtime::start()?), Arc::new(Usage::default()));
    let address = Some(&*setup.storage.address);
    let gcs = Gcs::connect(Identity::anonymous(), address, &runtime, &usage)?;
    Ok(gcs.store(BUCKET, "bucket-cases", copies))
}

/// Empty, small, and larger than what is sent at once; under names that need escapes.
fn round_trips(setup: &mut Setup) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = store(setup, &folder.path().join("copies"))?;
    for (path, size) in [("a/empty", 0), ("a b/ä+%?#.csv", 1000), ("large.bin", 20 << 20)] {
        let content: Vec<u8> = (0..size).map(|at: u32| (at * 7 + at / 251) as u8).collect();
        let file = folder.path().join("file");
        std::fs::write(&file, &content)?;
        store.put_file(path, &file)?;
        ensure!(!file.exists(), "{path}: the file was not moved");
        ensure!(std::fs::read(store.local_copy(path)?)? == content, "{path} is not the same");
        let there = setup.peers.get(BUCKET, &format!("bucket-cases/{path}"))?;
        ensure!(there == content, "{path} is not the same in the bucket");
    }
    Ok(())
}

fn lists(setup: &mut Setup) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = store(setup, folder.path())?;
    store.write("list/b.txt", b"1")?;
    store.write("list/./a/c.txt", b"2")?;
    store.write("list-2/x.txt", b"3")?;
    ensure!(store.list("list")? == ["list/a/c.txt", "list/b.txt"], "{:?}", store.list("list")?);
    ensure!(store.list("nothing")?.is_empty(), "There is no such folder");
    ensure!(store.write("../x", b"").is_err() && store.list("gs://x").is_err(), "The rule holds");
    Ok(())
}

fn missing(setup: &mut Setup) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = store(setup, folder.path())?;
    let error = store.local_copy("nothing.csv").expect_err("nothing there");
    let uri: ObjectUri = store.resolve("nothing.csv")?;
    ensure!(format!("{error:#}").contains(&uri.to_string()), "{error:#}");
    ensure!(!folder.path().join("nothing.csv").exists(), "Nothing is left of it");
    Ok(())
}
