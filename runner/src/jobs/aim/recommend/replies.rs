//! Where replies go as they come: whole into the store that a killed run is resumed from, their results
//! as lines of JSON into a file that the engine reads. Neither is in memory.

use crate::record::{BatchStore, Progress, StatusRecorder};
use crate::store::LocalStore;
use crate::waves::{self, CamResult, ResultSink};
use anyhow::Context as _;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Shortest time between two writings of the status file.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

/// One result, as the engine reads it.
#[derive(Serialize)]
struct Line<'a> {
    idx: usize,
    vehicle: &'a str,
    size: &'a str,
    hotboxes: [Option<&'a str>; waves::contract::HOTBOXES],
    skus: &'a [String],
    success: bool,
    error_code: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn new(idx: usize, result: &'a CamResult) -> Self {
        Self {
            idx,
            vehicle: &result.vehicle,
            size: &result.size,
            hotboxes: result.hotboxes(),
            skus: result.skus.as_deref().unwrap_or_default(),
            success: result.success,
            error_code: result.error_code.as_deref(),
        }
    }
}

/// Takes replies, requests into their log, counts into the status.
pub(super) struct Replies<'a> {
    store: &'a mut BatchStore,
    status: &'a mut StatusRecorder,
    results: BufWriter<File>,
    requests: File,
    done: usize,
    batches: usize,
    told: Option<Instant>,
}

impl<'a> Replies<'a> {
    /// Begins an empty file of results. `batches`: how many are to come; 0 for pages, of which the
    /// status does not tell.
    pub(super) fn create(
        file: &Path,
        batches: usize,
        run_id: &str,
        files: &LocalStore,
        store: &'a mut BatchStore,
        status: &'a mut StatusRecorder,
    ) -> anyhow::Result<Self> {
        let results = File::create(file).with_context(|| unwritable(file))?;
        // What an earlier process of the run asked stays in it.
        let requests = files.append(&request_log(run_id))?;
        let results = BufWriter::with_capacity(1 << 20, results);
        Ok(Self { store, status, results, requests, done: 0, batches, told: None })
    }

    /// Writes out what is left.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.results.flush().context("The results cannot be written: is there enough free space?")
    }
}

/// The file of what Waves is asked, one request a line.
pub(super) fn request_log(run_id: &str) -> String {
    format!("logs/requests_{run_id}.jsonl")
}

fn unwritable(file: &Path) -> String {
    format!("{} cannot be written: check its permissions and the free space", file.display())
}

impl ResultSink for Replies<'_> {
    fn kept(&mut self, number: u64, request: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        if self.store.is_empty() {
            return Ok(None);
        }
        self.store.get(number, BatchStore::hash(request))
    }

    fn keep(&mut self, number: u64, request: &[u8], reply: &[u8]) -> anyhow::Result<()> {
        self.store.put(number, BatchStore::hash(request), reply)
    }

    fn request(&mut self, request: &[u8]) -> anyhow::Result<()> {
        let mut line = Vec::with_capacity(request.len() + 1);
        line.extend_from_slice(request);
        line.push(b'\n');
        self.requests.write_all(&line).context("The request log cannot be written")
    }

    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        for (idx, result) in &results {
            serde_json::to_writer(&mut self.results, &Line::new(*idx, result))?;
            self.results.write_all(b"\n")?;
        }
        Ok(())
    }

    fn progress(&mut self, progress: waves::Progress) -> anyhow::Result<()> {
        if self.batches == 0 {
            return Ok(());
        }
        self.done = (self.done + 1).min(self.batches);
        let is_due = self.told.is_none_or(|told| told.elapsed() >= STATUS_INTERVAL);
        if !is_due && self.done < self.batches {
            return Ok(());
        }
        self.told = Some(Instant::now());
        let progress = Progress {
            attempted: progress.attempted as u64,
            succeeded: progress.succeeded as u64,
            failed: progress.failed as u64,
        };
        self.status.progress(progress, self.done, self.batches)
    }
}
