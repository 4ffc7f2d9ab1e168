//! SIGTERM, as schedulers send it, and SIGINT, as Ctrl-C does.

use super::disturbed::{Disturbed, Left, Signal, send, wait_for};
use super::{RUN, Service};
use crate::fixture::{Input, Root, Run, Standin};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Schedulers wait ten seconds before they kill.
const PATIENCE: Duration = Duration::from_secs(3);

/// A run that is asking Waves for its second batch, which takes its time.
fn waiting(root: &mut Root) -> (Standin, Child) {
    root.run_with(&["--stage", "1,3"]).ok();
    root.set("AIM_BATCH_SIZE", "1");
    root.set("AIM_WAVES_CONCURRENCY", "1");
    let waves = Standin::serve(root, &["--slow-ms", "1500"]);
    let mut command = root.command(&["run", "--now", "2026-03-15T07:15:00Z"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(root, "Processing batch 1/2");
    std::thread::sleep(Duration::from_millis(200));
    (waves, child)
}

fn ended(child: Child) -> (Run, Duration) {
    let asked = Instant::now();
    let run = Run::of(child.wait_with_output().unwrap());
    (run, asked.elapsed())
}

#[test]
fn sigterm_ends_a_request_and_the_run_can_be_continued() {
    let mut root = Input::working().cam("BMW3", "205/55 R16").root();
    let (waves, mut child) = waiting(&mut root);
    let before = root.tables();
    send(&mut child, Signal::Terminate);
    let (run, took) = ended(child);
    // Not even for the answer that is on its way.
    assert!(took < Duration::from_millis(1400), "{took:?}");
    let error = run.error_with(143);
    assert_eq!(error, format!("Interrupted by SIGTERM: continue with aim run --resume {RUN}"));
    let status = root.status();
    assert_eq!(status["state"], "interrupted");
    assert_eq!(status["last_log_line"], "Interrupted at Stage 4: Batch Recommender");
    assert_eq!(status["error_summary"], *error);
    assert!(status["ended_at"].is_string());
    assert_eq!(status["progress"]["attempted"], 1);
    let stages = root.json("output/run_manifest.json")["stages"].clone();
    assert_eq!(stages.as_array().unwrap().last().unwrap(), "Stage 4: Batch Recommender");
    assert_eq!(root.tables(), before);
    // Once running again it is not what it was.
    let run = Disturbed::new(&root).finish();
    assert!(!run.stderr.contains("Starting Stage 3"), "{}", run.stderr);
    let status = root.status();
    assert_eq!((&status["state"], &status["error_summary"]), (&"success".into(), &Value::Null));
    assert_eq!(status["started_at"], "2026-03-15T07:15:00.000000+00:00");
    // The second request was under way, and nothing else was asked again.
    assert_eq!(root.read(&format!("logs/requests_{RUN}.jsonl")).lines().count(), 3);
    drop(waves);
}

#[test]
fn ctrl_c_has_its_own_exit_code() {
    let mut root = Input::working().cam("BMW3", "205/55 R16").root();
    let (_waves, child) = waiting(&mut root);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let (run, took) = ended(child);
    assert!(took < PATIENCE, "{took:?}");
    assert!(run.error_with(130).starts_with("Interrupted by SIGINT: "), "{}", run.stderr);
    assert_eq!(root.status()["state"], "interrupted");
}

/// Also in the middle of a query, or between two; the tables are those of a run that was left alone.
#[test]
fn sigterm_at_any_moment() {
    let service = Service::start(&["--slow-ms", "5"]);
    let undisturbed = service.root();
    let began = Instant::now();
    undisturbed.run().ok();
    let whole = began.elapsed();
    let expected = Left::of(&undisturbed);
    let root = service.root();
    let mut run = Disturbed::new(&root);
    for part in [0.1, 0.2, 0.35, 0.5, 0.3, 0.2] {
        let asked = Instant::now();
        let delay = whole.mul_f64(part);
        run.stop_after(delay, Signal::Terminate);
        assert!(asked.elapsed() < delay + PATIENCE, "{:?}", asked.elapsed());
    }
    if !run.has_ended() {
        run.finish();
    }
    assert_eq!(Left::of(&root), expected);
}
