//! SIGKILL at any moment.

use super::disturbed::{Disturbed, Left, Signal, wait_for};
use super::{RUN, Service, VEHICLES};
use crate::fixture::{Input, Root, Run, Standin};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills in all, shared by so many threads; a run is killed a few times before it may end.
const KILLS: usize = 30;
const THREADS: usize = 2;
const KILLS_OF_A_RUN: usize = 6;

/// What one thread saw.
#[derive(Default)]
struct Seen {
    requests: usize,
    runs: usize,
}

#[test]
fn a_run_that_is_killed_ends_as_if_it_had_not_been() {
    let service = Service::start(&["--slow-ms", "10"]);
    let undisturbed = service.root();
    let began = Instant::now();
    undisturbed.run().ok();
    let whole = began.elapsed();
    let expected = Left::of(&undisturbed);
    let worker = |seed| {
        let (service, expected) = (&service, &expected);
        move || kill(seed, service, whole, expected)
    };
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS as u64).map(|seed| scope.spawn(worker(seed))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    // A request is noted before it is sent, and every CAM of every run was answered once.
    let words = service.waves.stop();
    let served: usize = words.split(' ').nth(1).unwrap().parse().unwrap();
    let requests = VEHICLES + seen.iter().map(|seen| seen.requests).sum::<usize>();
    let runs = 1 + seen.iter().map(|seen| seen.runs).sum::<usize>();
    assert!(served <= requests && served >= VEHICLES * runs, "{words}, {requests} requests");
}

fn kill(seed: u64, service: &Service, whole: Duration, expected: &Left) -> Seen {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = Seen::default();
    let mut killed = 0;
    while killed < KILLS / THREADS {
        let root = service.root();
        let mut run = Disturbed::new(&root);
        for _ in 0..KILLS_OF_A_RUN {
            let delay = whole.mul_f64(random.random_range(0.0..0.5));
            killed += usize::from(run.stop_after(delay, Signal::Kill));
        }
        if !run.has_ended() {
            run.finish();
        }
        assert_eq!(Left::of(&root), *expected);
        let (all, different) = run.requests();
        assert_eq!(different, VEHICLES);
        seen.requests += all;
        seen.runs += 1;
    }
    seen
}

/// Killed when all but one batch are stored, a run asks for that one.
#[test]
fn only_what_is_not_stored_is_asked_again() {
    let mut root = Input::working().cam("BMW3", "205/55 R16").cam("KIAEV 6", "205/55 R16").root();
    root.run_with(&["--stage", "1,3"]).ok();
    root.set("AIM_BATCH_SIZE", "1");
    root.set("AIM_WAVES_CONCURRENCY", "1");
    // Slower than the status is written, which is once a second.
    let _waves = Standin::serve(&mut root, &["--slow-ms", "1200"]);
    let mut command = root.command(&["run", "--now", "2026-03-15T07:15:00Z"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&root, "Processing batch 2/3");
    std::thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(root.status()["state"], "running");
    let run = Disturbed::new(&root).finish();
    assert!(!run.stderr.contains("Starting Stage 3"), "{}", run.stderr);
    assert!(run.stderr.contains("Starting Stage 4"), "{}", run.stderr);
    // The third request was under way when the run was killed.
    assert_eq!(root.read(&format!("logs/requests_{RUN}.jsonl")).lines().count(), 4);
}

/// The moment before the tables come into place: the copy has lost the marks of its stages already.
#[test]
fn a_run_whose_tables_only_are_not_in_place_can_be_continued() {
    let service = Service::start(&["--slow-ms", "50"]);
    let undisturbed = service.root();
    undisturbed.run().ok();
    let root = service.root();
    let mut command = root.command(&["run", "--now", "2026-03-15T07:15:00Z"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&root, "Loading priority runlist...");
    root.write("warehouse.duckdb/in/the/way", "");
    let error = Run::of(child.wait_with_output().unwrap()).error();
    assert!(error.contains("warehouse.duckdb cannot be written"), "{error}");
    assert_eq!(root.status()["last_log_line"], "Failed");
    std::fs::remove_dir_all(root.path("warehouse.duckdb")).unwrap();
    let run = Disturbed::new(&root).finish();
    assert!(!run.stderr.contains("Starting Stage"), "{}", run.stderr);
    assert_eq!(Left::of(&root), Left::of(&undisturbed));
}

/// The moment between the tables' coming into place and the last word about the run.
#[test]
fn a_run_that_only_lacks_its_last_word_can_be_continued() {
    for flags in [&[][..], &["--dry-run"]] {
        let undisturbed = Input::working().root();
        undisturbed.run_with(flags).ok();
        let root = Input::working().root();
        root.write("output/run_manifest.json/in/the/way", "");
        let error = root.run_with(flags).error();
        assert!(error.contains("run_manifest.json cannot be written"), "{error}");
        assert_eq!(root.path("warehouse.duckdb").exists(), flags.is_empty());
        assert!(!root.path(&format!(".aim/{RUN}.duckdb")).exists());
        std::fs::remove_dir_all(root.path("output/run_manifest.json")).unwrap();
        let run = Run::of(root.command(&["run", "--resume", RUN]).output().unwrap()).ok();
        assert!(run.stdout.contains(&format!("Run {RUN} succeeded")), "{}", run.stdout);
        assert!(!run.stderr.contains("Starting Stage"), "{}", run.stderr);
        assert_same(&root, &undisturbed, flags.is_empty());
    }
}

fn assert_same(root: &Root, undisturbed: &Root, tables: bool) {
    if tables {
        return assert_eq!(Left::of(root), Left::of(undisturbed));
    }
    let manifest = "output/run_manifest.json";
    assert_eq!(root.read(manifest), undisturbed.read(manifest));
    assert_eq!(root.status()["state"], "success");
    assert_eq!(root.work_files(), ["lock"]);
}
