//! Fetches what services know of products, keeps every answer as it came, and loads the job's tables.
//!
//! An answer that cannot be had is a dead letter: the other products go on. Answers are noted in a file of the
//! run as they come, so that a run that ended early asks for the rest only.

mod answers;
mod connector;
mod load;
mod provider;
mod raw;
mod source;

pub use answers::new_run;
pub use load::{Loaded, Mismatch};
pub use provider::Provider;
pub use source::Source;

use super::Asin;
use super::frame::{SCHEMA, Sink, Workspace};
use crate::record::Clock;
use crate::runtime::Runtime;
use crate::signals::{CallError, Counts, Days};
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::template::render;
use answers::{Answer, Answers};
use anyhow::bail;
use connector::{Connector, Part, Question, Reply};
use futures_util::StreamExt as _;
use jiff::ToSpan as _;
use jiff::civil::Date;
use minijinja::context;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// The tables that tell what is there already.
pub const READS: [&str; 4] = ["dim_asin", "fact_timeseries_raw", "fact_keywords", "fact_orders"];

/// Who is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The service.
    pub provider: Provider,
    /// Whether the one that is built in is asked instead.
    pub built_in: bool,
    /// Ask for what a search for these words finds, and not for the scope's products.
    pub search: Option<String>,
}

/// A product in a market.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) asin: String,
    pub(super) site: String,
}

/// What could not be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The product; the order, where that could not be had.
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

/// Asks a service whether it answers, in each market.
///
/// # Errors
///
/// What the service needs and is not set, addresses that are none.
pub fn check(
    job: &Asin,
    runtime: &Runtime,
    selection: &Selection,
) -> anyhow::Result<Vec<(String, Result<(), CallError>)>> {
    runtime.block_on(async {
        let source = Source::open(job, selection).await?;
        let mut answers = Vec::new();
        for (site, connector) in source.connectors(job)? {
            answers.push((site, connector.health().await));
        }
        source.close().await?;
        Ok(answers)
    })
}

/// Fetches the scope's products for its day and loads them. `run_id` names the file of answers; `progress` is told
/// how many items of how many are done.
///
/// # Errors
///
/// Nothing to fetch, what the service needs and is not set, files or tables that cannot be written; and more
/// failures than `ingest.max_failed_share`, after everything that came is loaded.
pub fn run(
    job: &Asin,
    workspace: &Workspace,
    runtime: &Runtime,
    selection: &Selection,
    run_id: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> anyhow::Result<Ingested> {
    let (provider, today) = (selection.provider, job.clock.today_utc());
    let date = job.scope.date.unwrap_or(today);
    if provider.knows_today_only() && date != today {
        bail!("{} knows today only, not {date}: leave out --date", provider.name());
    }
    let plan = Plan::new(job, workspace, provider, date)?;
    let (source, connectors) = runtime.block_on(async {
        let source = Source::open(job, selection).await?;
        let connectors = source.connectors(job)?;
        Ok((source, connectors))
    })?;
    let (mut answers, had) = Answers::open(&job.store, run_id, provider)?;
    let mut dead_letters = Vec::new();
    let begun = std::time::Instant::now();
    let (items, counts) = runtime.block_on(async {
        let items = match &selection.search {
            Some(words) => found(&connectors, words).await?,
            None => source.items(job, workspace)?,
        };
        let items = plan.askable(items)?;
        let fetch = |question: Question| {
            let connector = connectors.get(&question.site).map(Arc::clone);
            let (store, clock) = (job.store.clone(), job.clock.clone());
            async move {
                let Some(connector) = connector else { return Ok((0, Vec::new(), Vec::new())) };
                let Reply { parts, failed } = connector.ask(&question).await;
                let keep = Keep { store, clock, provider, question };
                keep.run(parts, failed).await
            }
        };
        let questions = plan.questions(&items, &had);
        let asked: usize = questions.iter().map(|question| question.products.len()).sum();
        let (count, mut done) = (items.len(), items.len() - asked);
        let mut fetched = futures_util::stream::iter(questions.into_iter().map(fetch))
            .buffer_unordered(job.settings.ingest.concurrency);
        while let Some(fetched) = fetched.next().await {
            let (products, kept, failed): (usize, Vec<Answer>, Vec<DeadLetter>) = fetched?;
            kept.iter().try_for_each(|answer| answers.note(answer))?;
            dead_letters.extend(failed);
            done += products;
            progress(done, count);
        }
        drop(fetched);
        let counts = connectors.values().map(|connector| connector.counts()).sum();
        source.close().await?;
        Ok((count, counts))
    })?;
    let took = begun.elapsed();
    // Whatever finished first: the file is the same.
    dead_letters.sort_by(|a, b| (&a.asin, &a.site, a.kind).cmp(&(&b.asin, &b.site, b.kind)));
    write_dead_letters(&job.store, date, provider, &dead_letters)?;
    let loaded = load::load(workspace, answers.path(), provider.is_partial())?;
    if provider == Provider::Spapi {
        let orders = render("asin/ingest/orders_by_day.sql", context! { schema => SCHEMA })?;
        workspace.write(&orders, &Sink::File(&job.store.resolve(ORDERS)?))?;
    }
    // Orders fail one by one, whatever product they are of.
    let (asked, failed) = (answers.count() + dead_letters.len(), dead_letters.len());
    let share = failed as f64 / asked.max(1) as f64;
    if share > job.settings.ingest.max_failed_share {
        let first = dead_letters.first().map(|letter| &*letter.reason).unwrap_or_default();
        bail!(
            "{failed} of {asked} answers could not be had, more than ingest.max_failed_share; see \
             {}. The first: {first}",
            dead_letters_file(date, provider)
        );
    }
    let answers = answers.count();
    Ok(Ingested { items, answers, dead_letters, counts, took, loaded })
}

/// Whether a run has answers that it can go on with.
pub fn has_answers(job: &Asin, run_id: &str) -> bool {
    let file = job.store.root().join(answers::file_of(run_id));
    file.metadata().is_ok_and(|file| file.len() > 0)
}

/// The orders of all days, as `aim asin labels --orders` takes them.
const ORDERS: &str = "exports/orders.parquet";

fn dead_letters_file(date: Date, provider: Provider) -> String {
    match provider {
        Provider::Unified => format!("output/dead_letters_{date}.jsonl"),
        _ => format!("output/dead_letters_{date}_{}.jsonl", provider.name()),
    }
}

fn write_dead_letters(
    store: &LocalStore,
    date: Date,
    provider: Provider,
    letters: &[DeadLetter],
) -> anyhow::Result<()> {
    let mut text = Vec::new();
    for letter in letters {
        serde_json::to_writer(&mut text, letter)?;
        text.push(b'\n');
    }
    store.write(&dead_letters_file(date, provider), &text)
}

/// The products that a search finds in each market.
async fn found(
    connectors: &BTreeMap<String, Arc<Connector>>,
    words: &str,
) -> anyhow::Result<Vec<Item>> {
    let mut items = Vec::new();
    for (site, connector) in connectors {
        let Connector::Paapi(api) = &**connector else {
            bail!("Only paapi can search: leave out --search");
        };
        let asins = api.search(words).await?;
        items.extend(asins.into_iter().map(|asin| Item { asin, site: site.clone() }));
    }
    Ok(items)
}

/// Answers that a process had before.
type Had = BTreeSet<(Item, &'static str)>;

/// What decides on the questions.
struct Plan {
    provider: Provider,
    date: Date,
    reviews_since: Date,
    /// The first day of the series of products that are known, and of those that are new.
    since: [Date; 2],
    known: BTreeSet<Item>,
    /// Of providers of keywords.
    keywords: Option<BTreeMap<Item, Vec<String>>>,
    ordered_from: BTreeSet<String>,
}

impl Plan {
    fn new(
        job: &Asin,
        workspace: &Workspace,
        provider: Provider,
        date: Date,
    ) -> anyhow::Result<Self> {
        let ingest = &job.settings.ingest;
        let back = |days: i32| date.saturating_sub(days.days());
        let asks_keywords = matches!(provider, Provider::Helium10 | Provider::Junglescout);
        Ok(Self {
            provider,
            date,
            reviews_since: back(ingest.reviews_days),
            since: [back(ingest.timeseries_days), back(ingest.first_days)],
            known: load::known(workspace)?,
            keywords: asks_keywords.then(|| load::keywords(workspace)).transpose()?,
            ordered_from: load::ordered_from(workspace)?,
        })
    }

    /// Items that there is something to ask about.
    fn askable(&self, mut items: Vec<Item>) -> anyhow::Result<Vec<Item>> {
        if let Some(keywords) = &self.keywords {
            items.retain(|item| keywords.contains_key(item));
            if items.is_empty() {
                bail!("None of the products has keywords: aim asin ingest fetches them first");
            }
        }
        Ok(items)
    }

    /// Answers that are had are not asked for again.
    fn questions(&self, items: &[Item], had: &Had) -> Vec<Question> {
        type Products = Vec<(String, Vec<&'static str>)>;
        let mut groups: BTreeMap<(&str, bool), Products> = BTreeMap::new();
        for item in items {
            let is_new = match self.provider {
                Provider::Spapi => !self.ordered_from.contains(&item.site),
                _ => !self.known.contains(item),
            };
            let kinds = self.provider.kinds().iter().copied();
            let kinds: Vec<&str> =
                kinds.filter(|kind| !had.contains(&(item.clone(), *kind))).collect();
            if kinds.is_empty() {
                continue;
            }
            groups.entry((&item.site, is_new)).or_default().push((item.asin.clone(), kinds));
        }
        let mut questions = Vec::new();
        for ((site, is_new), products) in groups {
            for products in products.chunks(self.provider.most()) {
                let keywords = |(asin, _): &(String, Vec<_>)| {
                    let item = Item { asin: asin.clone(), site: site.to_owned() };
                    Some((asin.clone(), self.keywords.as_ref()?.get(&item)?.clone()))
                };
                questions.push(Question {
                    site: site.to_owned(),
                    days: Days { since: self.since[usize::from(is_new)], until: self.date },
                    reviews_since: self.reviews_since,
                    keywords: products.iter().filter_map(keywords).collect(),
                    orders_are_new: is_new,
                    products: products.to_vec(),
                });
            }
        }
        questions
    }
}

/// Keeps what came of a question.
struct Keep {
    store: LocalStore,
    clock: Clock,
    provider: Provider,
    question: Question,
}

impl Keep {
    /// Writes the answers as they came; answers how many products they are about.
    async fn run(
        self,
        parts: Vec<Part>,
        failed: Vec<connector::Failed>,
    ) -> anyhow::Result<(usize, Vec<Answer>, Vec<DeadLetter>)> {
        let products = self.question.products.len();
        let dead = failed.into_iter().map(|failed| {
            let connector::Failed { asin, kind, class, reason } = failed;
            DeadLetter { asin, site: self.question.site.clone(), kind, class, reason }
        });
        let dead = dead.collect();
        let answers = tokio::task::spawn_blocking(move || self.keep(parts)).await??;
        Ok((products, answers, dead))
    }

    fn keep(&self, parts: Vec<Part>) -> anyhow::Result<Vec<Answer>> {
        let Days { since, until } = self.question.days;
        let fetched_at = self.clock.elapsed_to();
        let mut answers = Vec::new();
        for Part { asin, raw, records } in parts {
            let item = Item { asin, site: self.question.site.clone() };
            let folder = match (self.provider, &records[..]) {
                (Provider::Unified, [(kind, _), ..]) => *kind,
                (provider, _) => provider.name(),
            };
            let (path, sha256) = raw::write(&self.store, &item, folder, fetched_at, &raw)?;
            for (kind, body) in records {
                answers.push(Answer {
                    source: self.provider.name().to_owned(),
                    asin: item.asin.clone(),
                    site: item.site.clone(),
                    kind: kind.to_owned(),
                    fetched_at,
                    since: if kind == "reviews" { self.question.reviews_since } else { since },
                    until,
                    path: path.clone(),
                    sha256: sha256.clone(),
                    items: body.as_array().map_or(1, Vec::len),
                    body,
                });
            }
        }
        Ok(answers)
    }
}
