//! Sends a whole runlist through a client: batches, one more pass for what failed, counts.

mod marks;

use crate::waves::client::{Client, WavesError};
use crate::waves::contract::{
    BatchRequest, BatchResponse, Cam, CamResult, MAX_BATCH, Params, Usage, error_code,
};
use anyhow::bail;
use futures_util::stream::{FuturesUnordered, StreamExt};
use marks::Marks;

/// Appended to the run id of the pass that repeats what failed.
const RETRY_SUFFIX: &str = "_retry";

/// How a runlist is cut and sent.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// CAMs per request, 1 to 500.
    pub batch_size: usize,
    /// Run id sent to the service; the second pass appends `_retry`.
    pub run_id: String,
    /// Requests under way at the same time, at least 1. With 1, batches follow one another in order.
    pub concurrency: usize,
    /// Tokens of an answer of the second pass count once; else once per CAM in it.
    pub count_usage_once: bool,
}

impl RunOptions {
    /// Full batches, four at a time.
    pub fn new(run_id: impl Into<String>) -> Self {
        Self {
            batch_size: MAX_BATCH,
            run_id: run_id.into(),
            concurrency: 4,
            count_usage_once: true,
        }
    }
}

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
    /// CAMs of the runlist.
    pub attempted: usize,
    /// CAMs with products in all hotboxes, after both passes.
    pub succeeded: usize,
    /// The others.
    pub failed: usize,
    /// Tokens of all answers, each counted once.
    pub usage: Usage,
    /// Requests that finally failed, in both passes.
    pub failed_batches: usize,
    /// Why the first of them failed.
    pub first_error: Option<String>,
}

/// Takes what a run produces. An error ends the run.
pub trait ResultSink {
    /// Stores the results of one batch with their places in the runlist. Batches come in the order of
    /// their answers; a place that comes again replaces what was stored for it.
    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()>;

    /// Sees every batch before it is sent. It holds no secret.
    fn request(&mut self, _request: &BatchRequest) -> anyhow::Result<()> {
        Ok(())
    }

    /// Sees the counts after every batch of the first pass, and after the second pass.
    fn progress(&mut self, _progress: Progress) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Sends all CAMs, then once more those without success. A batch that finally fails gives each of its
/// CAMs a result with `BATCH_FAILED`; of the second pass only successes are stored. Only one mark per
/// CAM and the batches under way are in memory.
pub async fn run_global(
    client: &Client,
    cams: &[Cam],
    params: &Params,
    options: &RunOptions,
    sink: &mut dyn ResultSink,
) -> anyhow::Result<Summary> {
    if !(1..=MAX_BATCH).contains(&options.batch_size) {
        bail!(
            "Batch size {} is not between 1 and {MAX_BATCH}; set AIM_BATCH_SIZE",
            options.batch_size
        );
    }
    let mut run = Run {
        client,
        cams,
        params,
        options,
        sink,
        succeeded: Marks::new(cams.len()),
        attempted: 0,
        summary: Summary::default(),
    };
    run.pass(Pass::First).await?;
    if run.succeeded.next_unset(0).is_some() {
        run.pass(Pass::Second).await?;
        // The counts of a run must not lag behind what the second pass repaired (D-26).
        run.sink.progress(run.progress())?;
    }
    let Progress { attempted, succeeded, failed } = run.progress();
    Ok(Summary { attempted, succeeded, failed, ..run.summary })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
}

struct Run<'a> {
    client: &'a Client,
    cams: &'a [Cam],
    params: &'a Params,
    options: &'a RunOptions,
    sink: &'a mut dyn ResultSink,
    succeeded: Marks,
    attempted: usize,
    summary: Summary,
}

impl Run<'_> {
    async fn pass(&mut self, pass: Pass) -> anyhow::Result<()> {
        let client = self.client;
        let mut cursor = 0;
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < self.options.concurrency.max(1) {
                let places = self.cut(pass, &mut cursor);
                if places.is_empty() {
                    break;
                }
                let request = self.batch_request(pass, &places);
                self.sink.request(&request)?;
                under_way.push(async move {
                    let answer = client.batch(&request).await;
                    (places, answer)
                });
            }
            match under_way.next().await {
                Some((places, answer)) => self.take(pass, &places, answer)?,
                None => return Ok(()),
            }
        }
    }

    /// The next places for one batch, from `cursor` on.
    fn cut(&self, pass: Pass, cursor: &mut usize) -> Vec<usize> {
        let mut places = Vec::new();
        while places.len() < self.options.batch_size {
            let next = match pass {
                Pass::First => (*cursor < self.cams.len()).then_some(*cursor),
                Pass::Second => self.succeeded.next_unset(*cursor),
            };
            let Some(place) = next else { break };
            places.push(place);
            *cursor = place + 1;
        }
        places
    }

    fn batch_request(&self, pass: Pass, places: &[usize]) -> BatchRequest {
        let suffix = if pass == Pass::Second { RETRY_SUFFIX } else { "" };
        BatchRequest {
            run_id: format!("{}{suffix}", self.options.run_id),
            cams: places.iter().map(|&place| self.cams[place].clone()).collect(),
            params: self.params.clone(),
        }
    }

    fn take(
        &mut self,
        pass: Pass,
        places: &[usize],
        answer: Result<BatchResponse, WavesError>,
    ) -> anyhow::Result<()> {
        let results = match answer {
            Ok(response) => {
                let times = match pass {
                    Pass::Second if !self.options.count_usage_once => places.len(),
                    _ => 1,
                };
                (0..times).for_each(|_| self.summary.usage += response.usage);
                response.results
            }
            Err(error) => self.batch_failed(places, error),
        };
        let mut stored: Vec<(usize, CamResult)> = places.iter().copied().zip(results).collect();
        if pass == Pass::Second {
            stored.retain(|(_, result)| result.success);
        }
        for (place, result) in &stored {
            if result.success {
                self.succeeded.set(*place);
            }
        }
        if !stored.is_empty() {
            self.sink.store(stored)?;
        }
        if pass == Pass::First {
            self.attempted += places.len();
            self.sink.progress(self.progress())?;
        }
        Ok(())
    }

    fn batch_failed(&mut self, places: &[usize], error: WavesError) -> Vec<CamResult> {
        if let WavesError::Mismatch { usage, .. } = &error {
            self.summary.usage += *usage;
        }
        let cams = places.len();
        let error = format!("{:#}", anyhow::Error::new(error));
        tracing::warn!(cams, error, "waves batch failed");
        self.summary.failed_batches += 1;
        self.summary.first_error.get_or_insert(error);
        let failed =
            |&place: &usize| CamResult::failed(&self.cams[place], error_code::BATCH_FAILED);
        places.iter().map(failed).collect()
    }

    fn progress(&self) -> Progress {
        let succeeded = self.succeeded.count();
        Progress { attempted: self.attempted, succeeded, failed: self.attempted - succeeded }
    }
}
