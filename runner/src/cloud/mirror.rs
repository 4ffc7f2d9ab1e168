use crate::store::GcsStore;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the status is looked at. A bucket takes one change of an object in a second.
const PERIOD: Duration = Duration::from_secs(2);

/// A thread that copies a run's status to the bucket whenever it has changed, for whoever waits for the run.
pub(crate) struct Mirror {
    results: Option<GcsStore>,
    status: PathBuf,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Deserialize)]
struct Status {
    state: String,
}

impl Mirror {
    /// Where the status is, below the folder of a run and that of its results.
    pub(crate) const STATUS: &str = "output/job_status.json";

    /// Longest time of one writing; that of the last word is within what Cloud Run leaves after SIGTERM.
    pub(crate) const LIMIT: Duration = Duration::from_secs(6);

    /// Nothing is copied without `results`.
    pub(crate) fn start(results: Option<&GcsStore>, root: &Path) -> Self {
        let (results, status) = (results.cloned(), root.join(Self::STATUS));
        let Some(store) = results.clone() else {
            return Self { results, status, stop: None, thread: None };
        };
        let (stop, stopped) = mpsc::channel::<()>();
        let file = status.clone();
        let thread = std::thread::spawn(move || {
            let mut last = Vec::new();
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let Ok(content) = fs::read(&file) else { continue };
                // The end of a run is not told before its files are there.
                if content == last || !is_running(&content) {
                    continue;
                }
                // The next one may come through, and the last one has to.
                match store.write_within(Self::STATUS, content.clone(), Self::LIMIT) {
                    Ok(()) => last = content,
                    Err(error) => tracing::debug!("no status: {error:#}"),
                }
            }
        });
        Self { results, status, stop: Some(stop), thread: Some(thread) }
    }

    /// Whether the run has said anything yet.
    pub(crate) fn has_status(&self) -> bool {
        self.status.exists()
    }

    /// Has the run's files brought, and says the last word: whoever reads it finds the files it names.
    ///
    /// # Errors
    ///
    /// When a file or the status cannot be written.
    pub(crate) fn finish(
        mut self,
        files: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.end();
        files()?;
        match &self.results {
            Some(results) if self.has_status() => {
                results.write_within(Self::STATUS, fs::read(&self.status)?, Self::LIMIT)
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.end();
    }
}

fn is_running(status: &[u8]) -> bool {
    serde_json::from_slice(status).is_ok_and(|Status { state }| state == "running")
}
