//! A runlist in batches, and one more pass for what failed.

use super::marks::Marks;
use super::{Progress, ResultSink, Runlist, Summary};
use crate::waves::client::check;
use crate::waves::client::{Call, Client, WavesError};
use crate::waves::contract::{BatchRequest, CamResult, MAX_BATCH, Params, error_code};
use anyhow::bail;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

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

/// Sends all CAMs, then once more those without success. A batch that finally fails gives each of its
/// CAMs a result with `BATCH_FAILED`; of the second pass only successes are stored. Only one bit per
/// CAM and the batches under way are in memory.
pub async fn run_global(
    client: &Client,
    runlist: &(impl Runlist + ?Sized),
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
        runlist,
        params,
        options,
        sink,
        succeeded: Marks::new(runlist.count()),
        attempted: 0,
        sent: 0,
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

struct Run<'a, R: ?Sized> {
    client: &'a Client,
    runlist: &'a R,
    params: &'a Params,
    options: &'a RunOptions,
    sink: &'a mut dyn ResultSink,
    succeeded: Marks,
    attempted: usize,
    /// Batches so far, of both passes.
    sent: u64,
    summary: Summary,
}

/// A batch under way.
struct Batch {
    number: u64,
    places: Vec<usize>,
    request: BatchRequest,
    body: Bytes,
    /// Whether its reply is already kept.
    is_kept: bool,
}

impl<R: Runlist + ?Sized> Run<'_, R> {
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
                let (batch, kept) = self.batch(pass, places)?;
                under_way.push(async move {
                    let answer = match kept {
                        Some(reply) => Ok((client.batch_call(&batch.request), reply.into())),
                        None => client.send_batch(&batch.request, batch.body.clone()).await,
                    };
                    (batch, answer)
                });
            }
            match under_way.next().await {
                Some((batch, answer)) => self.take(pass, batch, answer)?,
                None => return Ok(()),
            }
        }
    }

    /// The next places for one batch, from `cursor` on.
    fn cut(&self, pass: Pass, cursor: &mut usize) -> Vec<usize> {
        let mut places = Vec::new();
        while places.len() < self.options.batch_size {
            let next = match pass {
                Pass::First => (*cursor < self.runlist.count()).then_some(*cursor),
                Pass::Second => self.succeeded.next_unset(*cursor),
            };
            let Some(place) = next else { break };
            places.push(place);
            *cursor = place + 1;
        }
        places
    }

    /// The next batch, and the reply that was kept for it.
    fn batch(
        &mut self,
        pass: Pass,
        places: Vec<usize>,
    ) -> anyhow::Result<(Batch, Option<Vec<u8>>)> {
        let suffix = if pass == Pass::Second { RETRY_SUFFIX } else { "" };
        let request = BatchRequest {
            run_id: format!("{}{suffix}", self.options.run_id),
            cams: self.runlist.cams(&places)?,
            params: self.params.clone(),
        };
        let body = Bytes::from(serde_json::to_vec(&request)?);
        let number = self.sent;
        self.sent += 1;
        let kept = self.sink.kept(number, &body)?;
        if kept.is_none() {
            self.sink.request(&body)?;
        }
        Ok((Batch { number, places, request, body, is_kept: kept.is_some() }, kept))
    }

    fn take(
        &mut self,
        pass: Pass,
        batch: Batch,
        answer: Result<(Call, Bytes), WavesError>,
    ) -> anyhow::Result<()> {
        let answer = match answer {
            Ok((call, reply)) => {
                if !batch.is_kept {
                    self.sink.keep(batch.number, &batch.body, &reply)?;
                }
                check::batch(&batch.request, &reply, call)
            }
            Err(error) => Err(error),
        };
        let results = match answer {
            Ok(response) => {
                let times = match pass {
                    Pass::Second if !self.options.count_usage_once => batch.places.len(),
                    _ => 1,
                };
                (0..times).for_each(|_| self.summary.usage += response.usage);
                response.results
            }
            Err(error) => self.batch_failed(&batch.request, error),
        };
        let attempted = batch.places.len();
        let mut stored: Vec<(usize, CamResult)> = batch.places.into_iter().zip(results).collect();
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
            self.attempted += attempted;
            self.sink.progress(self.progress())?;
        }
        Ok(())
    }

    fn batch_failed(&mut self, request: &BatchRequest, error: WavesError) -> Vec<CamResult> {
        if let WavesError::Mismatch { usage, .. } = &error {
            self.summary.usage += *usage;
        }
        let error = anyhow::Error::new(error);
        tracing::warn!(cams = request.cams.len(), "waves batch failed: {error:#}");
        self.summary.request_failed(&error);
        request.cams.iter().map(|cam| CamResult::failed(cam, error_code::BATCH_FAILED)).collect()
    }

    fn progress(&self) -> Progress {
        let succeeded = self.succeeded.count();
        Progress { attempted: self.attempted, succeeded, failed: self.attempted - succeeded }
    }
}
