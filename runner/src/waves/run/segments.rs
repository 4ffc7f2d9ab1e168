//! Segments in pages, several segments at a time and several pages of each.

use super::{Progress, ResultSink, Summary};
use crate::waves::client::check;
use crate::waves::client::{Call, Client, WavesError};
use crate::waves::contract::{Cam, CamResult, PageQuery, Params, error_code};
use anyhow::bail;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;

/// Which segments are asked for, and how they are cut and sent.
#[derive(Debug, Clone)]
pub struct SegmentOptions {
    /// Names the run in logs and errors; pages do not send it.
    pub run_id: String,
    /// The segments, in this order; empty for those that the service lists.
    pub segments: Vec<String>,
    /// Results per request, at least 1.
    pub page_size: usize,
    /// Results wanted of each segment, at least 1.
    pub total_per_segment: usize,
    /// Segments asked for at the same time, at least 1.
    pub parallel_segments: usize,
    /// Requests under way at the same time for one segment, at least 1.
    pub requests_per_segment: usize,
    /// Ask the service for its segments also where some are named, and take those of them that it lists, in
    /// its order.
    pub only_listed: bool,
    /// The last page asks for a whole page as well, not for what is left.
    pub whole_pages: bool,
    /// Send the model and the season that are wanted.
    pub send_all_wishes: bool,
    /// Count pages that finally failed, and store what they lack; else they are as if they were empty.
    pub count_failed: bool,
}

impl SegmentOptions {
    /// 500 results of each segment that the service lists, in pages of 45.
    pub fn new(run_id: impl Into<String>) -> Self {
        Self {
            run_id: run_id.into(),
            segments: Vec::new(),
            page_size: 45,
            total_per_segment: 500,
            parallel_segments: 7,
            requests_per_segment: 4,
            only_listed: false,
            whole_pages: false,
            send_all_wishes: true,
            count_failed: true,
        }
    }

    /// The pages of one segment: offset and number of results.
    fn pages(&self) -> impl Iterator<Item = (usize, usize)> {
        let (total, size, whole) = (self.total_per_segment, self.page_size, self.whole_pages);
        (0..total)
            .step_by(size)
            .map(move |offset| (offset, if whole { size } else { size.min(total - offset) }))
    }
}

/// Asks for every page of every segment. Results are placed by segment, then by offset. A page that
/// finally fails is stored as one result that names the segment and the missing rows, with
/// `PAGE_FAILED`, and counts as so many failed CAMs, unless the segment is known to end before it.
pub async fn run_segments(
    client: &Client,
    params: &Params,
    options: &SegmentOptions,
    sink: &mut dyn ResultSink,
) -> anyhow::Result<Summary> {
    let SegmentOptions { page_size, total_per_segment, .. } = options;
    if *page_size == 0 || *total_per_segment == 0 {
        bail!(
            "Pages of {page_size} for {total_per_segment} results of a segment: set AIM_PAGE_SIZE and \
             AIM_TOTAL_PER_SEGMENT to 1 or more"
        );
    }
    let segments = segments(client, options).await?;
    let mut params = params.clone();
    if !options.send_all_wishes {
        params.model_enhancer.clear();
        params.season.clear();
    }
    let mut run = Run { client, params: &params, options, sink, summary: Summary::default() };
    run.all(&segments).await?;
    Ok(run.summary)
}

/// The names of the segments to ask for.
async fn segments(client: &Client, options: &SegmentOptions) -> anyhow::Result<Vec<String>> {
    let named = &options.segments;
    if !named.is_empty() && !options.only_listed {
        return Ok(named.clone());
    }
    let mut listed = client.segments(&options.run_id).await?;
    listed.retain(|name| named.is_empty() || named.contains(name));
    Ok(listed)
}

struct Run<'a> {
    client: &'a Client,
    params: &'a Params,
    options: &'a SegmentOptions,
    sink: &'a mut dyn ResultSink,
    summary: Summary,
}

/// A segment under way.
struct Lane<'a> {
    number: usize,
    name: &'a str,
    to_ask: VecDeque<(usize, usize)>,
    under_way: usize,
    /// Where the segment ends, as far as a page with too few results has told.
    end: usize,
    failed: Vec<(usize, usize)>,
}

/// A page under way.
struct Page<'a> {
    lane: usize,
    number: u64,
    query: PageQuery<'a>,
    request: Vec<u8>,
    is_kept: bool,
}

impl<'a> Run<'a> {
    async fn all(&mut self, segments: &'a [String]) -> anyhow::Result<()> {
        let (client, options) = (self.client, self.options);
        let mut waiting = segments.iter().enumerate();
        let mut lanes: Vec<Lane<'a>> = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            while lanes.len() < options.parallel_segments.max(1)
                && let Some((number, name)) = waiting.next()
            {
                let to_ask = options.pages().collect();
                let failed = Vec::new();
                lanes.push(Lane { number, name, to_ask, under_way: 0, end: usize::MAX, failed });
            }
            for lane in &mut lanes {
                while lane.under_way < options.requests_per_segment.max(1)
                    && let Some((offset, top_n)) = lane.to_ask.pop_front()
                {
                    lane.under_way += 1;
                    let (page, kept) = self.page(lane, offset, top_n)?;
                    under_way.push(async move {
                        let answer = match kept {
                            Some(reply) => client
                                .page_call(&page.query, &options.run_id)
                                .map(|call| (call, reply.into())),
                            None => client.send_page(&page.query, &options.run_id).await,
                        };
                        (page, answer)
                    });
                }
            }
            let Some((page, answer)) = under_way.next().await else { return Ok(()) };
            if let Some(at) = lanes.iter().position(|lane| lane.number == page.lane) {
                self.take(&mut lanes[at], page, answer)?;
                if lanes[at].under_way == 0 && lanes[at].to_ask.is_empty() {
                    self.finish(lanes.remove(at))?;
                }
            }
        }
    }

    /// A page to ask for, and the reply that was kept for it.
    fn page(
        &mut self,
        lane: &Lane<'a>,
        offset: usize,
        top_n: usize,
    ) -> anyhow::Result<(Page<'a>, Option<Vec<u8>>)> {
        let query = PageQuery::new(lane.name, offset, top_n, self.params);
        let request = serde_json::to_vec(&query)?;
        let number = self.place(lane, offset) as u64;
        let kept = self.sink.kept(number, &request)?;
        if kept.is_none() {
            self.sink.request(&request)?;
        }
        Ok((Page { lane: lane.number, number, query, request, is_kept: kept.is_some() }, kept))
    }

    /// The place of a segment's result in the order of the run.
    fn place(&self, lane: &Lane<'_>, offset: usize) -> usize {
        let SegmentOptions { total_per_segment, page_size, .. } = self.options;
        lane.number * total_per_segment.next_multiple_of(*page_size) + offset
    }

    fn take(
        &mut self,
        lane: &mut Lane<'a>,
        page: Page<'a>,
        answer: Result<(Call, Bytes), WavesError>,
    ) -> anyhow::Result<()> {
        lane.under_way -= 1;
        let PageQuery { offset, top_n, .. } = page.query;
        let answer = match answer {
            Ok((call, reply)) => {
                if !page.is_kept {
                    self.sink.keep(page.number, &page.request, &reply)?;
                }
                check::page(&page.query, &reply, call)
            }
            Err(error) => Err(error),
        };
        let results = match answer {
            Ok(results) => results,
            Err(error) => {
                let error = anyhow::Error::new(error);
                tracing::warn!(segment = lane.name, offset, "waves page failed: {error:#}");
                self.summary.request_failed(&error);
                lane.failed.push((offset, top_n));
                return Ok(());
            }
        };
        if results.len() < top_n {
            lane.end = lane.end.min(offset + results.len());
        }
        self.summary.attempted += results.len();
        self.summary.succeeded += results.iter().filter(|result| result.success).count();
        let first = self.place(lane, offset);
        self.store((first..).zip(results).collect())
    }

    /// Counts the pages that failed, now that the end of the segment is known.
    fn finish(&mut self, lane: Lane<'_>) -> anyhow::Result<()> {
        if lane.end == 0 {
            tracing::warn!(segment = lane.name, "waves has no results of this segment");
        }
        let counts =
            |(offset, _): &&(usize, usize)| self.options.count_failed && *offset < lane.end;
        let missing: Vec<_> = lane.failed.iter().filter(counts).collect();
        let failed: Vec<(usize, CamResult)> = missing
            .into_iter()
            .map(|&(offset, top_n)| {
                self.summary.attempted += top_n;
                let rows = format!("rows {} to {}", offset + 1, offset + top_n);
                let cam = Cam::new(lane.name, rows);
                (self.place(&lane, offset), CamResult::failed(&cam, error_code::PAGE_FAILED))
            })
            .collect();
        self.store(failed)
    }

    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        if !results.is_empty() {
            self.sink.store(results)?;
        }
        let Summary { attempted, succeeded, .. } = self.summary;
        self.summary.failed = attempted - succeeded;
        self.sink.progress(Progress { attempted, succeeded, failed: attempted - succeeded })
    }
}
