//! Buckets.

use crate::Case;
use crate::faults::{Fault, Faults};
use crate::proxy::Service;
use crate::setup::{BUCKET, Setup};
use aim::cloud::{Identity, Usage};
use aim::runtime::Runtime;
use aim::store::{Changed, Gcs, GcsStore, ObjectStore as _, ObjectUri};
use anyhow::{Context as _, ensure};
use reqwest::StatusCode;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const ALL: &[Case] = &[
    ("bucket::files_come_back_as_they_were", round_trips),
    ("bucket::lists_are_of_folders", lists),
    ("bucket::what_is_missing_is_named", missing),
    ("bucket::parts_are_read_of_one_version", parts),
    ("bucket::who_comes_second_does_not_write", versions),
    ("bucket::whoever_asks_to_wait_is_waited_for", retry_after),
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

fn parts(setup: &mut Setup) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = store(setup, folder.path())?;
    ensure!(store.open("parts.bin")?.is_none(), "There is no such file");
    let content: Vec<u8> = (0..100_000_u32).map(|at| (at * 7 + at / 251) as u8).collect();
    store.write("parts.bin", &content)?;
    let file = store.open("parts.bin")?.context("It is there")?;
    ensure!(file.size() == 100_000 && file.content()? == content);
    for (start, length) in [(0, 1), (99_999, 1), (70_000, 30_000), (5, 0)] {
        let at = start as usize;
        ensure!(file.read(start, length)? == content[at..at + length], "{start} {length}");
    }
    ensure!(file.read(99_999, 2).is_err(), "There is only one byte");
    store.rename("parts.bin", "moved/parts.bin")?;
    let moved = store.open("moved/parts.bin")?.context("It is there")?;
    ensure!(moved.content()? == content && moved.digest()? == file.digest()?);
    ensure!(store.open("parts.bin")?.is_none(), "It is still there");
    store.write("moved/parts.bin", &content[..50])?;
    ensure!(moved.content().is_err(), "It is of another version");
    store.remove("moved/parts.bin")?;
    store.remove("moved/parts.bin")
}

fn versions(setup: &mut Setup) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = store(setup, folder.path())?;
    let first = store.write_unless_changed("v.json", b"1", 0)?;
    let second = store.write_unless_changed("v.json", b"2", first)?;
    for seen in [0, first] {
        let error = store.write_unless_changed("v.json", b"3", seen).expect_err("it has changed");
        ensure!(error.is::<Changed>(), "{error:#}");
    }
    // Whose answer is lost has written all the same.
    let lost = Faults::none().with(Service::Storage, "POST /upload", 0.5, [Fault::LostReply]);
    setup.spoil(lost);
    let mut version = Ok(second);
    for at in 0..10 {
        version = version.and_then(|seen| {
            store.write_unless_changed("v.json", format!("{at}").as_bytes(), seen)
        });
    }
    ensure!(setup.heal() > 0, "No answer was lost");
    version?;
    ensure!(store.open("v.json")?.context("It is there")?.content()?[..] == *b"9");
    Ok(())
}

/// Reads and writes of Google's client, and calls of our own: the first of each is refused.
fn retry_after(setup: &mut Setup) -> anyhow::Result<()> {
    const ASKED: Duration = Duration::from_secs(3);
    let folder = tempfile::tempdir()?;
    let store = store(setup, folder.path())?;
    store.write("patience.txt", b"1")?;
    type Call<'a> = (&'a str, Box<dyn Fn() -> anyhow::Result<()> + 'a>);
    let calls: [Call<'_>; 4] = [
        ("alt=media", Box::new(|| store.local_copy("patience.txt").map(drop))),
        ("POST /upload", Box::new(|| store.write("patience.txt", b"2"))),
        ("/o?prefix", Box::new(|| store.list("patience").map(drop))),
        ("DELETE", Box::new(|| store.remove("patience.txt"))),
    ];
    for (part, call) in calls {
        let busy = [Fault::Status(StatusCode::TOO_MANY_REQUESTS, Some(ASKED))];
        setup.spoil(Faults::none().with(Service::Storage, part, 1.0, busy));
        let faults = Arc::clone(&setup.faults);
        // All is well again once one call was refused: whoever comes at once is served.
        let healer = std::thread::spawn(move || {
            let started = Instant::now();
            while started.elapsed() < ASKED * 5 {
                let mut faults = faults.lock().expect("no case has panicked here");
                if faults.hits > 0 {
                    *faults = Faults::none();
                    return true;
                }
                drop(faults);
                std::thread::sleep(Duration::from_millis(2));
            }
            false
        });
        let started = Instant::now();
        let done = call();
        let took = started.elapsed();
        ensure!(healer.join().is_ok_and(|hit| hit), "{part}: no call was refused");
        done.with_context(|| part.to_owned())?;
        ensure!(took >= ASKED && took < ASKED * 2, "{part}: it took {took:?}");
    }
    Ok(())
}
