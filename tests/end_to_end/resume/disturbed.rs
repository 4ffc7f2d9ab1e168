//! A run that is stopped again and again, and how its end compares with one that was left alone.

use super::RUN;
use crate::fixture::{Root, Run};
use aim::record::{BatchStore, RequestHash};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Everything a run leaves, but for when it ended.
#[derive(Debug, PartialEq)]
pub(super) struct Left {
    files: Vec<(String, String)>,
    status: Value,
    tables: std::collections::BTreeMap<String, Vec<String>>,
}

impl Left {
    pub(super) fn of(root: &Root) -> Self {
        let names = [
            "output/run_manifest.json".to_owned(),
            "output/cost_report.json".to_owned(),
            format!("output/results_{RUN}.csv"),
            format!("output/cam_sku_{RUN}.csv"),
        ];
        let mut status = root.status();
        for clock in ["ended_at", "heartbeat_ts"] {
            assert!(status[clock].take().is_string());
        }
        let tables = root.everything();
        assert_eq!(root.work_files(), ["lock"]);
        let files = names.map(|name| {
            let content = root.read(&name);
            (name, content)
        });
        Self { files: files.into(), status, tables }
    }
}

/// What is sent to the process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Signal {
    Kill,
    Terminate,
}

/// A run in its root.
pub(super) struct Disturbed<'a> {
    pub(super) root: &'a Root,
    /// Requests that were asked when somebody last looked.
    asked: usize,
    /// Requests whose replies were stored then.
    stored: Vec<RequestHash>,
}

impl<'a> Disturbed<'a> {
    pub(super) fn new(root: &'a Root) -> Self {
        Self { root, asked: 0, stored: Vec::new() }
    }

    /// Whether it can be continued.
    fn has_begun(&self) -> bool {
        self.root.path(&format!(".aim/{RUN}.journal")).exists()
    }

    /// Whether it was done before the signal came, be it only by a moment.
    pub(super) fn has_ended(&self) -> bool {
        let status = "output/job_status.json";
        !self.has_begun()
            && self.root.path(status).exists()
            && self.root.status()["state"] == "success"
    }

    /// Begins the run, or continues it once it has begun.
    fn command(&self) -> Command {
        if self.has_begun() {
            self.root.command(&["run", "--resume", RUN])
        } else {
            self.root.command(&["run", "--now", "2026-03-15T07:15:00Z"])
        }
    }

    /// Lets it work for so long and sends the signal; whether that came before the end.
    pub(super) fn stop_after(&mut self, delay: Duration, signal: Signal) -> bool {
        if self.has_ended() {
            return false;
        }
        let mut command = self.command();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(delay);
        send(&mut child, signal);
        let output = child.wait_with_output().unwrap();
        let code = output.status.code();
        let said = String::from_utf8(output.stderr).unwrap();
        match (signal, code) {
            (_, Some(0)) => return false,
            (Signal::Kill, None) if self.has_ended() => return false,
            (Signal::Kill, None) => {}
            (Signal::Terminate, Some(143)) => {
                assert_eq!(self.root.status()["state"], "interrupted");
            }
            // Too early for anybody to listen.
            (Signal::Terminate, None) => assert!(!said.contains("Starting Stage"), "{said}"),
            _ => panic!("{code:?}: {said}"),
        }
        self.look();
        true
    }

    /// Lets it end.
    pub(super) fn finish(&mut self) -> Run {
        let run = Run::of(self.command().output().unwrap()).ok();
        self.look();
        run
    }

    /// That nothing was asked whose reply was stored before.
    fn look(&mut self) {
        let path = self.root.path(&format!("logs/requests_{RUN}.jsonl"));
        let log = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[self.asked..] {
            assert!(!self.stored.contains(&BatchStore::hash(line.as_bytes())), "again: {line}");
        }
        self.asked = lines.len();
        let store = self.root.path(&format!(".aim/{RUN}.batches"));
        if store.exists() {
            // A copy, because looking repairs what is torn.
            let copy = self.root.path("batches");
            std::fs::copy(store, &copy).unwrap();
            let now: Vec<_> =
                BatchStore::open(&copy).unwrap().list().map(|(_, hash)| hash).collect();
            assert!(self.stored.iter().all(|hash| now.contains(hash)), "replies are lost");
            self.stored = now;
            std::fs::remove_file(copy).unwrap();
        }
    }

    /// How many requests were sent in all, and how many different ones.
    pub(super) fn requests(&self) -> (usize, usize) {
        let log = self.root.read(&format!("logs/requests_{RUN}.jsonl"));
        let mut lines: Vec<&str> = log.lines().collect();
        let all = lines.len();
        lines.sort_unstable();
        lines.dedup();
        (all, lines.len())
    }
}

pub(super) fn send(child: &mut Child, signal: Signal) {
    match signal {
        Signal::Kill => child.kill().unwrap(),
        Signal::Terminate => {
            // It may have ended.
            let _ = Command::new("kill").arg(child.id().to_string()).stderr(Stdio::null()).status();
        }
    }
}

/// Waits until the status says so.
pub(super) fn wait_for(root: &Root, line: &str) {
    let begun = Instant::now();
    loop {
        let is_there = root.path("output/job_status.json").exists();
        if is_there && root.status()["last_log_line"] == line {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{line} is never said");
        std::thread::sleep(Duration::from_millis(5));
    }
}
