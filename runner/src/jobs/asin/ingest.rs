//! Fetches what services know of products, keeps every answer as it came, and loads the job's tables.
//!
//! An answer that cannot be had is a dead letter: the other products go on. Answers are noted in a file of the
//! run as they come, so that a run that ended early asks for the rest only.

mod answers;
mod load;
mod raw;
mod source;

pub use load::{Loaded, Mismatch};
pub use source::Source;

use super::Asin;
use super::frame::Workspace;
use crate::runtime::Runtime;
use crate::signals::{CallError, Counts, Kind, Unified};
use crate::store::{LocalStore, ObjectStore as _};
use answers::{Answer, Answers};
use anyhow::bail;
use futures_util::StreamExt as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A product in a market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) asin: String,
    pub(super) site: String,
}

/// What could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The product.
    pub asin: String,
    /// Its market.
    pub site: String,
    /// What was asked for.
    pub kind: &'static str,
    /// The kind of error.
    pub class: &'static str,
    /// The error.
    pub reason: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// Products in markets.
    pub items: usize,
    /// Answers, those of an earlier process of the run included.
    pub answers: usize,
    /// What could not be had.
    pub dead_letters: Vec<DeadLetter>,
    /// How often the service was called by this process.
    pub counts: Counts,
    /// How long the calls took altogether.
    pub took: Duration,
    /// What the tables got.
    pub loaded: Loaded,
}

/// Fetches the scope's products for its day and loads them. `run_id` names the file of answers; `progress` is told
/// how many items of how many are done.
///
/// # Errors
///
/// Nothing to fetch, a token that is not set, files or tables that cannot be written; and more failures than
/// `ingest.max_failed_share`, after everything that came is loaded.
pub fn run(
    job: &Asin,
    workspace: &Workspace,
    runtime: &Runtime,
    run_id: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> anyhow::Result<Ingested> {
    let date = job.scope.date.unwrap_or_else(|| job.clock.today_utc());
    let known = load::known(workspace)?;
    let (mut answers, had) = Answers::open(&job.store, run_id)?;
    let mut dead_letters = Vec::new();
    let begun = std::time::Instant::now();
    let (items, counts) = runtime.block_on(async {
        let source = Source::open(job).await?;
        let items = source.items(job, workspace)?;
        let api = Arc::new(source.api(job)?);
        let fetch = |item: &Item| {
            let ingest = &job.settings.ingest;
            let days =
                if known.contains(item) { ingest.timeseries_days } else { ingest.first_days };
            let kinds =
                Kind::ALL.into_iter().filter(|kind| !had.contains(&(item.clone(), kind.name())));
            Fetch {
                api: Arc::clone(&api),
                store: job.store.clone(),
                clock: job.clock.clone(),
                item: item.clone(),
                kinds: kinds.collect(),
                series_since: date.saturating_sub(days.days()),
                reviews_since: date.saturating_sub(ingest.reviews_days.days()),
                date,
            }
            .run()
        };
        let mut fetched = futures_util::stream::iter(items.iter().map(fetch))
            .buffer_unordered(job.settings.ingest.concurrency);
        let (count, mut done) = (items.len(), 0);
        while let Some(results) = fetched.next().await {
            for result in results? {
                match result {
                    Ok(answer) => answers.note(&answer)?,
                    Err(dead_letter) => dead_letters.push(dead_letter),
                }
            }
            done += 1;
            progress(done, count);
        }
        let counts = api.service().counts();
        source.close().await?;
        Ok((count, counts))
    })?;
    let took = begun.elapsed();
    // Whatever finished first: the file is the same.
    dead_letters.sort_by(|a, b| (&a.asin, &a.site, a.kind).cmp(&(&b.asin, &b.site, b.kind)));
    write_dead_letters(&job.store, date, &dead_letters)?;
    let loaded = load::load(workspace, answers.path())?;
    let (asked, failed) = (items * Kind::ALL.len(), dead_letters.len());
    let share = failed as f64 / asked.max(1) as f64;
    if share > job.settings.ingest.max_failed_share {
        let first = dead_letters.first().map(|letter| &*letter.reason).unwrap_or_default();
        bail!(
            "{failed} of {asked} answers could not be had, more than ingest.max_failed_share; see \
             {}. The first: {first}",
            dead_letters_file(date)
        );
    }
    let answers = answers.count();
    Ok(Ingested { items, answers, dead_letters, counts, took, loaded })
}

fn dead_letters_file(date: Date) -> String {
    format!("output/dead_letters_{date}.jsonl")
}

fn write_dead_letters(
    store: &LocalStore,
    date: Date,
    letters: &[DeadLetter],
) -> anyhow::Result<()> {
    let mut text = Vec::new();
    for letter in letters {
        serde_json::to_writer(&mut text, letter)?;
        text.push(b'\n');
    }
    store.write(&dead_letters_file(date), &text)
}

/// What is to be fetched of one item.
struct Fetch {
    api: Arc<Unified>,
    store: LocalStore,
    clock: crate::record::Clock,
    item: Item,
    kinds: Vec<Kind>,
    series_since: Date,
    reviews_since: Date,
    date: Date,
}

impl Fetch {
    /// One kind after the other.
    async fn run(self) -> anyhow::Result<Vec<Result<Answer, DeadLetter>>> {
        let mut results = Vec::new();
        for kind in &self.kinds {
            let Item { asin, site } = &self.item;
            let since = if *kind == Kind::Reviews { self.reviews_since } else { self.series_since };
            results.push(match self.api.fetch(*kind, site, asin, since, self.date).await {
                Ok(body) => Ok(self.keep(*kind, since, body).await?),
                Err(error) => Err(self.dead(*kind, &error)),
            });
        }
        Ok(results)
    }

    /// Writes the answer as it came.
    async fn keep(&self, kind: Kind, since: Date, body: Value) -> anyhow::Result<Answer> {
        let (store, item, fetched_at) =
            (self.store.clone(), self.item.clone(), self.clock.elapsed_to());
        let until = self.date;
        tokio::task::spawn_blocking(move || {
            let (path, sha256) = raw::write(&store, &item, kind, fetched_at, &body)?;
            let items = body.as_array().map_or(1, Vec::len);
            let Item { asin, site } = item;
            let kind = kind.name().to_owned();
            Ok(Answer { asin, site, kind, fetched_at, since, until, path, sha256, items, body })
        })
        .await?
    }

    fn dead(&self, kind: Kind, error: &CallError) -> DeadLetter {
        let Item { asin, site } = self.item.clone();
        DeadLetter {
            asin,
            site,
            kind: kind.name(),
            class: error.class(),
            reason: error.to_string(),
        }
    }
}

/// Answers that a process had before.
type Had = BTreeSet<(Item, &'static str)>;
