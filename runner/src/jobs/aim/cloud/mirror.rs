//! The run's status and its other files in the bucket.

use super::remote::Remote;
use crate::store::{GcsStore, LocalStore, ObjectStore as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

const STATUS: &str = "output/job_status.json";

/// How often the status is looked at. A bucket takes one change of an object in a second.
const PERIOD: Duration = Duration::from_secs(2);

/// Longest time of one writing; that of the last word is within what Cloud Run leaves after SIGTERM.
const LIMIT: Duration = Duration::from_secs(6);

/// A thread that copies the status to the bucket whenever it has changed.
pub(super) struct Mirror {
    store: LocalStore,
    status: PathBuf,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Mirror {
    /// Nothing is copied without `results`.
    pub(super) fn start(results: Option<&GcsStore>, root: &Path) -> anyhow::Result<Self> {
        let store = LocalStore::new(root)?;
        let status = root.join(STATUS);
        let Some(results) = results.cloned() else {
            return Ok(Self { store, status, stop: None, thread: None });
        };
        let (stop, stopped) = mpsc::channel::<()>();
        let file = status.clone();
        let thread = std::thread::spawn(move || {
            let mut last = Vec::new();
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let Ok(content) = fs::read(&file) else { continue };
                if content == last {
                    continue;
                }
                // The next one may come through, and the last one has to.
                match results.write_within(STATUS, content.clone(), LIMIT) {
                    Ok(()) => last = content,
                    Err(error) => tracing::debug!("no status: {error:#}"),
                }
            }
        });
        Ok(Self { store, status, stop: Some(stop), thread: Some(thread) })
    }

    /// Whether the run has said anything yet.
    pub(super) fn has_status(&self) -> bool {
        self.status.exists()
    }

    /// Copies everything that the run left, the status last: whoever reads it finds the files it names.
    pub(super) fn finish(mut self, remote: &Remote) -> anyhow::Result<()> {
        self.end();
        let mut files = self.store.list("output")?;
        files.sort_by_key(|path| path == STATUS);
        for path in files {
            if !remote.has_uploaded(&path) {
                let content = fs::read(self.store.local_copy(&path)?)?;
                remote.results().write_within(&path, content, LIMIT)?;
            }
        }
        Ok(())
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
