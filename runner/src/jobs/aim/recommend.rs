//! Stage 4: asks Waves for products, writes the recommendations and CAM_SKU.

use super::{Choices, runlist, tables};
use crate::context::Context;
use crate::record::{CostReport, Progress, RunLog, Units};
use crate::secret::Secret;
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::TableName;
use crate::warehouse::duckdb::{Cell, DuckDb};
use crate::warehouse::template::{Statement, render};
use crate::waves::{
    self, BatchRequest, Cam, CamResult, Client, ClientConfig, Engine, Options, ResultSink,
    RunOptions, Standin, Summary,
};
use anyhow::{Context as _, bail};
use minijinja::context;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RUN_MODE: &str = "GLOBAL";

/// Runs the stage; answers how long Waves took of it.
pub(super) fn run(context: &mut Context<'_>) -> anyhow::Result<Duration> {
    context.log.status.log_line("Loading priority runlist...")?;
    let cams = runlist::load(context)?;
    context.execute(&[render("aim/results_staging.sql", context! {})?])?;
    let asked = Instant::now();
    let summary = ask(context, &cams)?;
    let waited = asked.elapsed();
    report(context, &summary)?;
    let choices = Choices::of(context.config.compat);
    if choices.successes_only {
        check_share(context, &summary)?;
    }
    write_results(context, choices)?;
    Ok(waited)
}

/// Sends the CAMs; replies are in the staging table when it returns.
fn ask(context: &mut Context<'_>, cams: &[Cam]) -> anyhow::Result<Summary> {
    let waves = context.config.waves.clone();
    let standin = match waves.url {
        Some(_) => None,
        None => Some(Arc::new(Engine::load(context.warehouse.connection())?)),
    };
    let batches = cams.len().div_ceil(waves.batch_size);
    let log_path = format!("logs/requests_{}.jsonl", context.run_id);
    let mut sink = Sink {
        warehouse: &context.warehouse,
        log: context.log,
        requests: request_log(&context.store, &log_path)?,
        seq: 0,
        stored: 0,
        batches,
    };
    let options = RunOptions {
        batch_size: waves.batch_size,
        run_id: format!("global_{}", context.run_id),
        concurrency: waves.concurrency,
        count_usage_once: Choices::of(context.config.compat).count_usage_once,
    };
    context.runtime.block_on(async {
        let (running, url, password) = match (standin, waves.url, waves.password) {
            (Some(engine), ..) => {
                tracing::info!("No AIM_WAVES_URL: the built-in stand-in answers");
                let password = Secret::new(format!("{:x}", RandomState::new().hash_one(())));
                let options = Options { password: Some(password.clone()), ..Options::default() };
                let running = Standin::start(engine, options).await?;
                let url = running.url().to_string();
                (Some(running), url, password)
            }
            (None, Some(url), Some(password)) => (None, url, password),
            _ => bail!("AIM_SERVICE_PASSWORD is not set: the Waves service asks for it"),
        };
        let timeout = Duration::from_secs(waves.timeout_s);
        let config = ClientConfig { timeout, ..ClientConfig::new(url, password) };
        let client = Client::connect(config).await?.listen(|event| tracing::info!("{event:?}"));
        let summary = waves::run_global(&client, cams, &waves.params, &options, &mut sink).await?;
        if let Some(running) = running {
            running.stop().await?;
        }
        Ok(summary)
    })
}

fn request_log(store: &LocalStore, path: &str) -> anyhow::Result<File> {
    store.write(path, b"")?;
    let file = store.local_copy(path)?;
    File::options()
        .append(true)
        .open(&file)
        .with_context(|| format!("{} cannot be written: check its permissions", file.display()))
}

/// Takes replies into the staging table, requests into their log, counts into the status.
struct Sink<'a> {
    warehouse: &'a DuckDb,
    log: &'a mut RunLog,
    requests: File,
    seq: i64,
    stored: usize,
    batches: usize,
}

impl ResultSink for Sink<'_> {
    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        let mut rows = Vec::with_capacity(results.len());
        for (idx, result) in results {
            rows.push(row(self.seq, idx, result));
            self.seq += 1;
        }
        self.warehouse.append(&TableName::new("aim_run", "results"), &rows)
    }

    fn request(&mut self, request: &BatchRequest) -> anyhow::Result<()> {
        let line = serde_json::to_string(request)?;
        writeln!(self.requests, "{line}").context("The request log cannot be written")
    }

    fn progress(&mut self, progress: waves::Progress) -> anyhow::Result<()> {
        self.stored = (self.stored + 1).min(self.batches);
        let line = format!("Processing batch {}/{}", self.stored, self.batches);
        let progress = Progress {
            attempted: progress.attempted as u64,
            succeeded: progress.succeeded as u64,
            failed: progress.failed as u64,
        };
        self.log.status.progress(progress, &line)
    }
}

fn row(seq: i64, idx: usize, result: CamResult) -> Vec<Cell> {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    vec![
        Cell::Integer(seq),
        Cell::Integer(idx as i64),
        Cell::Text(result.vehicle),
        Cell::Text(result.size),
        text(result.hb1),
        text(result.hb2),
        text(result.hb3),
        text(result.hb4),
        Cell::Text(result.skus.unwrap_or_default().join(" ")),
        Cell::Boolean(result.success),
        text(result.error_code),
    ]
}

/// Writes the cost report, also of a run that is about to fail: the tokens are paid.
fn report(context: &mut Context<'_>, summary: &Summary) -> anyhow::Result<()> {
    let units = Units {
        cams_attempted: summary.attempted as u64,
        cams_succeeded: summary.succeeded as u64,
    };
    let report = CostReport::new(
        context.clock.now(),
        &context.run_id,
        RUN_MODE,
        units,
        summary.usage.prompt_token_count,
        summary.usage.candidates_token_count,
        summary.usage.total_token_count,
    );
    context.store.write("output/cost_report.json", &serde_json::to_vec_pretty(&report)?)?;
    context.log.status.report(report);
    Ok(())
}

/// Too few answers would empty the tables that customers see.
fn check_share(context: &Context<'_>, summary: &Summary) -> anyhow::Result<()> {
    let share = summary.succeeded as f64 / summary.attempted as f64;
    let least = context.config.waves.min_success_share;
    if summary.succeeded > 0 && share >= least {
        return Ok(());
    }
    let why = summary.first_error.as_ref().map(|error| format!("; the first error: {error}"));
    bail!(
        "Waves answered {} of {} CAMs with products, which is below AIM_MIN_SUCCESS_SHARE={least}: \
         no table was changed{}",
        summary.succeeded,
        summary.attempted,
        why.unwrap_or_default()
    )
}

fn write_results(context: &mut Context<'_>, choices: Choices) -> anyhow::Result<()> {
    let TableName { dataset, table } = tables::aim_data();
    let stamp = |format: &str| context.clock.now().strftime(format).to_string();
    let last_modified = stamp("%Y-%m-%d %H:%M:%S.%6f+00:00");
    let run_id = context.run_id.clone();
    context.execute(&[
        render(
            "aim/aim_data.sql",
            context! { dataset, name => table, run_id => &*run_id, choices },
        )?,
        render("aim/cam_sku_staging.sql", context! { last_modified => &*last_modified, choices })?,
        render("aim/cam_sku_merge.sql", context! { run_id => &*run_id, choices })?,
    ])?;
    let results = format!("results_{run_id}.csv");
    write_csv(context, &results, |file| render("aim/aim_data_csv.sql", context! { file }))?;
    write_csv(context, &format!("cam_sku_{run_id}.csv"), |file| {
        render("aim/cam_sku_csv.sql", context! { file, last_modified })
    })?;
    context.log.status.output_file(&results);
    Ok(())
}

/// Writes a file beside the warehouse and moves it to `output/` once it is whole.
fn write_csv(
    context: &mut Context<'_>,
    name: &str,
    statement: impl FnOnce(&str) -> anyhow::Result<Statement>,
) -> anyhow::Result<()> {
    let scratch = context.copy.scratch(name);
    let statement = statement(super::sources::utf8(&scratch)?)?;
    context.warehouse.transaction(&[statement])?;
    context.store.put_file(&format!("output/{name}"), &scratch)
}
