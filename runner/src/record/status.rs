use super::clock::{Clock, iso};
use super::cost::CostReport;
use crate::store::ObjectStore;
use serde::Serialize;
use std::rc::Rc;

const FILE: &str = "output/job_status.json";

/// How many CAMs were asked for, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
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
}

/// Keeps `output/job_status.json` up to date. Every change is written at once, whole.
pub struct StatusRecorder {
    store: Rc<dyn ObjectStore>,
    clock: Clock,
    status: Status,
}

impl StatusRecorder {
    /// Begins: the state is `running` from here on.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, which is also how a read-only root is found out early.
    pub fn start(store: Rc<dyn ObjectStore>, clock: &Clock) -> anyhow::Result<Self> {
        let now = iso(clock.now());
        let recorder = Self {
            store,
            clock: clock.clone(),
            status: Status {
                state: State::Running,
                run_id: clock.run_id(),
                started_at: now.clone(),
                ended_at: None,
                heartbeat_ts: now,
                last_log_line: "Job Initialized".to_owned(),
                output_file: None,
                error_summary: None,
                progress: Progress::default(),
                report: None,
            },
        };
        recorder.write()?;
        Ok(recorder)
    }

    /// Notes what is being done.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn log_line(&mut self, line: &str) -> anyhow::Result<()> {
        line.clone_into(&mut self.status.last_log_line);
        self.update()
    }

    /// Notes how far the recommendations are.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn progress(&mut self, progress: Progress, line: &str) -> anyhow::Result<()> {
        self.status.progress = progress;
        self.log_line(line)
    }

    /// Notes the name of the results file.
    pub fn output_file(&mut self, name: &str) {
        self.status.output_file = Some(name.to_owned());
    }

    /// Notes the cost report.
    pub fn report(&mut self, report: CostReport) {
        self.status.report = Some(report);
    }

    /// Ends well.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn succeed(&mut self) -> anyhow::Result<()> {
        self.status.state = State::Success;
        self.end("Job Completed Successfully")
    }

    /// Ends with an error; `stage` is the one that failed, if one had begun.
    ///
    /// # Errors
    ///
    /// As for [`StatusRecorder::start`].
    pub fn fail(&mut self, stage: Option<&str>, error: &str) -> anyhow::Result<()> {
        self.status.state = State::Failed;
        self.status.error_summary = Some(error.to_owned());
        self.end(&stage.map_or("Failed".to_owned(), |stage| format!("Failed at {stage}")))
    }

    fn end(&mut self, line: &str) -> anyhow::Result<()> {
        self.status.ended_at = Some(iso(self.clock.elapsed_to()));
        self.log_line(line)
    }

    fn update(&mut self) -> anyhow::Result<()> {
        self.status.heartbeat_ts = iso(self.clock.elapsed_to());
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        self.store.write(FILE, &serde_json::to_vec_pretty(&self.status)?)
    }
}
