use super::clock::{Clock, iso};
use super::cost::CostReport;
use super::terminal::Terminal;
use crate::cloud::UsageReport;
use crate::store::ObjectStore;
use serde::{Deserialize, Serialize};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

const FILE: &str = "output/job_status.json";

/// How long the file may stay as it is while a run lasts. Readers take a run whose heartbeat is much
/// older for dead.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How many CAMs were asked for, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Asked for so far.
    pub attempted: u64,
    /// Answered with products.
    pub succeeded: u64,
    /// Not answered, or with an error.
    pub failed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Running,
    Success,
    Failed,
    /// Stopped by a signal; the run can be continued.
    Interrupted,
}

/// What the file says of results. It outlives the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    output_file: Option<String>,
    progress: Progress,
    report: Option<CostReport>,
    stale_sources: Vec<String>,
}

impl Kept {
    /// What Waves cost, where it was asked.
    pub fn report(self) -> Option<CostReport> {
        self.report
    }
}

#[derive(Debug, Clone, Serialize)]
struct Status {
    state: State,
    run_id: String,
    started_at: String,
    ended_at: Option<String>,
    heartbeat_ts: String,
    last_log_line: String,
    output_file: Option<String>,
    error_summary: Option<String>,
    progress: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<CostReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<UsageReport>,
    /// Source files that were missing, so that the last table served.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stale_sources: Vec<String>,
}

/// Keeps `output/job_status.json` up to date. Every change is written at once, whole; without changes
/// the heartbeat goes on.
pub struct StatusRecorder {
    file: Arc<StatusFile>,
    terminal: Terminal,
    heartbeat: Option<Heartbeat>,
}

impl StatusRecorder {
    /// Begins: the state is `running` from here on. `kept` is of the process that began the run, if
    /// this one continues it.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, which is also how a read-only root is found out early.
    pub fn start(
        store: Arc<dyn ObjectStore>,
        clock: &Clock,
        terminal: Terminal,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        let line = if kept.is_some() { "Job Resumed" } else { "Job Initialized" };
        let Kept { output_file, progress, report, stale_sources } = kept.unwrap_or_default();
        let status = Status {
            state: State::Running,
            run_id: clock.run_id(),
            started_at: iso(clock.now()),
            ended_at: None,
            heartbeat_ts: String::new(),
            last_log_line: line.to_owned(),
            output_file,
            error_summary: None,
            progress,
            report,
            cloud: None,
            stale_sources,
        };
        terminal.line(line);
        let file = StatusFile { store, clock: clock.clone(), status: Mutex::new(status) };
        file.change(|_| ())?;
        let file = Arc::new(file);
        let heartbeat = Some(Heartbeat::start(&file));
        Ok(Self { file, terminal, heartbeat })
    }

    /// Notes what is being done.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn log_line(&mut self, line: &str) -> anyhow::Result<()> {
        self.terminal.line(line);
        self.file.change(|status| line.clone_into(&mut status.last_log_line))
    }

    /// Notes how far the recommendations are, in CAMs and in batches.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn progress(
        &mut self,
        progress: Progress,
        batch: usize,
        batches: usize,
    ) -> anyhow::Result<()> {
        self.terminal.batch(batch, batches);
        self.file.change(|status| {
            status.progress = progress;
            status.last_log_line = format!("Processing batch {batch}/{batches}");
        })
    }

    /// Notes the name of the results file, to be written with the next change.
    pub fn output_file(&mut self, name: &str) {
        self.file.with(|status| status.output_file = Some(name.to_owned()));
    }

    /// Notes the cost report, to be written with the next change.
    pub fn report(&mut self, report: CostReport) {
        self.file.with(|status| status.report = Some(report));
    }

    /// Notes what was used in the cloud, to be written with the next change.
    pub fn cloud(&mut self, usage: UsageReport) {
        self.file.with(|status| status.cloud = Some(usage));
    }

    /// Notes a source file whose last table serves, to be written with the next change.
    pub fn stale_source(&mut self, name: &str) {
        self.file.with(|status| status.stale_sources.push(name.to_owned()));
    }

    /// What it says of results.
    pub fn kept(&self) -> Kept {
        self.file.with(|status| Kept {
            output_file: status.output_file.clone(),
            progress: status.progress,
            report: status.report.clone(),
            stale_sources: status.stale_sources.clone(),
        })
    }

    /// Takes up what another process said of results.
    pub fn keep(&mut self, kept: Kept) {
        self.file.with(|status| {
            status.output_file = kept.output_file;
            status.progress = kept.progress;
            status.report = kept.report;
            status.stale_sources = kept.stale_sources;
        });
    }

    /// Ends well.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn succeed(&mut self) -> anyhow::Result<()> {
        self.end(State::Success, "Job Completed Successfully", None)
    }

    /// Ends with an error; `stage` is the one that failed, if one had begun.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn fail(&mut self, stage: Option<&str>, error: &str) -> anyhow::Result<()> {
        self.end(State::Failed, &at("Failed", stage), Some(error))
    }

    /// Ends because somebody wants it to.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn interrupt(&mut self, stage: Option<&str>, why: &str) -> anyhow::Result<()> {
        self.end(State::Interrupted, &at("Interrupted", stage), Some(why))
    }

    fn end(&mut self, state: State, line: &str, error: Option<&str>) -> anyhow::Result<()> {
        // The last word is not repeated.
        self.heartbeat = None;
        self.terminal.end();
        let ended_at = iso(self.file.clock.elapsed_to());
        self.file.change(|status| {
            status.state = state;
            status.ended_at = Some(ended_at);
            status.error_summary = error.map(str::to_owned);
            line.clone_into(&mut status.last_log_line);
        })
    }
}

fn at(what: &str, stage: Option<&str>) -> String {
    stage.map_or(what.to_owned(), |stage| format!("{what} at {stage}"))
}

struct StatusFile {
    store: Arc<dyn ObjectStore>,
    clock: Clock,
    status: Mutex<Status>,
}

impl StatusFile {
    fn with<T>(&self, change: impl FnOnce(&mut Status) -> T) -> T {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the status and writes it, one after the other.
    fn change(&self, change: impl FnOnce(&mut Status)) -> anyhow::Result<()> {
        self.with(|status| {
            change(status);
            status.heartbeat_ts = iso(self.clock.elapsed_to());
            self.store.write(FILE, &serde_json::to_vec_pretty(status)?)
        })
    }
}

/// A thread that shows that the run is alive, until it is dropped.
struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    fn start(file: &Arc<StatusFile>) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let file = Arc::clone(file);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
                // The next change fails as well, and ends the run with this error.
                if let Err(error) = file.change(|_| ()) {
                    tracing::debug!("no heartbeat: {error:#}");
                }
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}
