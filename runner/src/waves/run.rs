//! Sends what a run wants to know through a client, and hands on what comes back, reply by reply.
//!
//! `global` asks for the CAMs of a runlist in batches, `segments` for the pages of segments.

mod global;
mod marks;
mod segments;

pub use global::{RunOptions, run_global};
pub use segments::{SegmentOptions, run_segments};

use crate::waves::contract::{Cam, CamResult, Usage};

/// Counts over the CAMs that have a result so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// With any result.
    pub attempted: usize,
    /// With products in all hotboxes.
    pub succeeded: usize,
    /// The others.
    pub failed: usize,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// CAMs of the runlist or of the pages; of a page that failed, as many as it was to have.
    pub attempted: usize,
    /// CAMs with products in all hotboxes, after both passes.
    pub succeeded: usize,
    /// The others.
    pub failed: usize,
    /// Tokens of all answers, each counted once; pages do not say theirs.
    pub usage: Usage,
    /// Requests that finally failed, in both passes.
    pub failed_requests: usize,
    /// Why the first of them failed.
    pub first_error: Option<String>,
}

impl Summary {
    fn request_failed(&mut self, error: &anyhow::Error) {
        self.failed_requests += 1;
        self.first_error.get_or_insert_with(|| format!("{error:#}"));
    }
}

/// The CAMs to ask for, wherever they are kept.
pub trait Runlist {
    /// How many there are.
    fn count(&self) -> usize;

    /// Those at some places, counted from 0 and given in ascending order.
    fn cams(&self, places: &[usize]) -> anyhow::Result<Vec<Cam>>;
}

impl Runlist for [Cam] {
    fn count(&self) -> usize {
        self.len()
    }

    fn cams(&self, places: &[usize]) -> anyhow::Result<Vec<Cam>> {
        Ok(places.iter().map(|&place| self[place].clone()).collect())
    }
}

/// Takes what a run produces. An error ends the run.
pub trait ResultSink {
    /// Stores the results of one request with their places in the order of the run. Requests come in
    /// the order of their answers; a place that comes again replaces what was stored for it.
    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()>;

    /// The reply that was kept for a request, by its number in the run and its text: such a request is
    /// not sent again.
    fn kept(&mut self, _number: u64, _request: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Keeps a reply as it came, before anything is made of it.
    fn keep(&mut self, _number: u64, _request: &[u8], _reply: &[u8]) -> anyhow::Result<()> {
        Ok(())
    }

    /// Sees every request before it is sent, as one line of JSON. It holds no secret.
    fn request(&mut self, _request: &[u8]) -> anyhow::Result<()> {
        Ok(())
    }

    /// Sees the counts after every request of the first pass, and after the second pass.
    fn progress(&mut self, _progress: Progress) -> anyhow::Result<()> {
        Ok(())
    }
}
