//! What the job's front end relies on: how it starts the job, what it reads while that lasts.

use crate::fixture::{Input, PASSWORD, Root, Standin};
use serde_json::Value;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The settings as the front end writes them.
const CONFIG: &str = r#"{
  "RUN_MODE": "GLOBAL",
  "TOTAL_PER_SEGMENT": 1000,
  "TOTAL_OVERALL": 10000,
  "BATCH_SIZE": 50,
  "GOLDILOCKS_ZONE_PCT": 15,
  "PRICE_FLUCTUATION_UPPER": 1.1,
  "PRICE_FLUCTUATION_LOWER": 0.9,
  "BRAND_ENHANCER": "",
  "MODEL_ENHANCER": "",
  "SEASON": "",
  "LIMIT_TO_SEGMENTS": ""
}"#;

/// Starts the job as the front end does: a command split at blanks, with its own flags behind, its
/// output appended to a file.
fn trigger(root: &Root) -> Command {
    let command = format!("{} run", env!("CARGO_BIN_EXE_aim"));
    let mut words = command.split(' ');
    let own = root.command(&[]);
    let environment = own.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut start = Command::new(words.next().unwrap());
    start.env_clear().envs(environment).env("AIM_MODE", "local").current_dir("/");
    start.args(words).args(["--stage", "4", "--run-mode", "GLOBAL"]);
    std::fs::create_dir_all(root.path("logs")).unwrap();
    let log = File::options().create(true).append(true).open(root.path("logs/job.log")).unwrap();
    start.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    start
}

/// The last stage that the log names, as the front end finds it.
fn stage(log: &str) -> Option<u32> {
    let log = log.to_lowercase();
    let (_, rest) = log.rsplit_once("starting stage")?;
    let rest = rest.trim_start();
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A root that stages 1 and 3 were done in, and a stand-in on it.
fn ready(faults: &[&str]) -> (Root, Standin) {
    let mut root = Input::working().file("config/aim-config.json", CONFIG).root();
    root.run_with(&["--stage", "1,3"]).ok();
    let waves = Standin::serve(&mut root, faults);
    (root, waves)
}

#[test]
fn the_front_end_starts_the_job_and_sees_it_end() {
    let (root, _waves) = ready(&[]);
    std::fs::remove_file(root.path("output/job_status.json")).unwrap();
    assert!(trigger(&root).status().unwrap().success());
    let log = root.read("logs/job.log");
    assert_eq!(stage(&log), Some(4));
    // No colours where no person looks, and no line that moves.
    assert!(!log.contains('\u{1b}') && !log.contains('\r'), "{log}");
    assert!(log.contains("Processing batch 1/1"), "{log}");
    assert!(!log.contains("is not known"), "{log}");
    let status = root.status();
    assert_eq!(status["state"], "success");
    assert_eq!(
        status["output_file"].as_str().unwrap(),
        format!("results_{}.csv", status["run_id"].as_str().unwrap())
    );
    // The second start adds to the log.
    assert!(trigger(&root).status().unwrap().success());
    assert!(root.read("logs/job.log").starts_with(&log));
}

/// Whenever it is read, the status is whole; and while Waves takes its time it says that the job lives.
#[test]
fn the_status_is_whole_and_alive() {
    let (root, _waves) = ready(&["--slow-ms", "4600"]);
    let mut job = trigger(&root).spawn().unwrap();
    let mut beats: Vec<String> = Vec::new();
    let mut states: Vec<Value> = Vec::new();
    let begun = Instant::now();
    while job.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not end");
        let status = root.status();
        states.push(status["state"].clone());
        if status["last_log_line"] == "Loading priority runlist..." {
            beats.push(status["heartbeat_ts"].as_str().unwrap().to_owned());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    states.push(root.status()["state"].clone());
    states.dedup();
    // The one of the root's earlier run, this one's, and its end.
    assert_eq!(states, ["success", "running", "success"]);
    assert!(beats.is_sorted());
    beats.dedup();
    assert!(beats.len() >= 3, "{beats:?}");
}

/// A second start does not touch the job that is under way, nor its status.
#[test]
fn a_second_start_is_refused() {
    let (mut root, _waves) = ready(&["--slow-ms", "1500"]);
    root.set("AIM_SERVICE_PASSWORD", PASSWORD);
    let mut job = trigger(&root).spawn().unwrap();
    let begun = Instant::now();
    while root.status()["state"] != "running" {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    let run_id = root.status()["run_id"].clone();
    assert_eq!(trigger(&root).status().unwrap().code(), Some(1));
    assert!(root.read("logs/job.log").contains("Error: Another run works in "));
    assert_eq!(root.status()["state"], "running");
    assert!(job.wait().unwrap().success());
    assert_eq!((&root.status()["run_id"], &root.status()["state"]), (&run_id, &"success".into()));
}
