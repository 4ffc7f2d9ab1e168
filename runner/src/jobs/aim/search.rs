//! What the model's web search costs, and what it changes: the same CAMs, asked for with and without it.

use super::recommend::Service;
use super::runlist::{self, ListedCams};
use crate::config::Config;
use crate::record::Tokens;
use crate::runtime::Runtime;
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::working_copy::WAREHOUSE_FILE;
use crate::waves::{self, CamResult, Engine, Params, ResultSink, RunOptions};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What came back, with the search and without.
#[derive(Debug)]
pub struct SearchComparison {
    /// CAMs asked for, each twice.
    pub cams: usize,
    /// With the search.
    pub on: Answers,
    /// Without.
    pub off: Answers,
    /// CAMs whose products are the same, place by place.
    pub same: usize,
}

/// What came back one way.
#[derive(Debug)]
pub struct Answers {
    /// CAMs with products in all hotboxes.
    pub succeeded: usize,
    /// What they took.
    pub tokens: Tokens,
    /// What those cost.
    pub gbp: f64,
    /// How long the service took.
    pub took: Duration,
    results: BTreeMap<usize, CamResult>,
}

/// Asks for the first CAMs of the runlist twice, in batches as a run does. Nothing is written.
///
/// # Errors
///
/// When the runlist cannot be read, the service cannot be reached, or, without a service, there is no
/// warehouse for the stand-in.
pub fn compare_search(config: &Config, cams: usize) -> anyhow::Result<SearchComparison> {
    let store = LocalStore::new(&config.local_root)?;
    let engine = match config.waves.url {
        Some(_) => None,
        None => {
            let file = store.local_copy(WAREHOUSE_FILE).context("Run the job first")?;
            let read_only = [("access_mode", "READ_ONLY".to_owned())];
            let warehouse = DuckDb::open_bare(Some(&file), &read_only)?;
            Some(Arc::new(Engine::load(warehouse.connection())?))
        }
    };
    let memory = DuckDb::open_bare(None, &[])?;
    memory.transaction(&[runlist::statement(&store, config, cams)?])?;
    let cams = runlist::count(&memory)?;
    let listed = ListedCams::new(&memory, cams);
    let runtime = Runtime::start()?;
    let ask = |is_on: bool| {
        let params = Params { disable_search: !is_on, ..config.waves.params.clone() };
        let run_id = if is_on { "search_on" } else { "search_off" };
        let options = RunOptions {
            batch_size: config.waves.batch_size,
            concurrency: config.waves.concurrency,
            ..RunOptions::new(run_id)
        };
        let mut results = Results::default();
        let started = Instant::now();
        let summary = runtime.block_on(async {
            let service = Service::connect(&config.waves, engine.clone()).await?;
            let client = &service.client;
            let summary = waves::run_global(client, &listed, &params, &options, &mut results);
            let summary = summary.await?;
            service.close().await?;
            anyhow::Ok(summary)
        })?;
        let tokens = Tokens::from(summary.usage);
        anyhow::Ok(Answers {
            succeeded: summary.succeeded,
            tokens,
            gbp: tokens.gbp(&config.waves.prices),
            took: started.elapsed(),
            results: results.0,
        })
    };
    let (on, off) = (ask(true)?, ask(false)?);
    let products =
        |result: &CamResult| (result.hotboxes().map(|s| s.map(str::to_owned)), result.skus.clone());
    let is_same = |(place, result): &(&usize, &CamResult)| {
        off.results.get(place).is_some_and(|other| products(other) == products(result))
    };
    let same = on.results.iter().filter(is_same).count();
    Ok(SearchComparison { cams, on, off, same })
}

#[derive(Default)]
struct Results(BTreeMap<usize, CamResult>);

impl ResultSink for Results {
    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        self.0.extend(results);
        Ok(())
    }
}
