//! Stage 4: asks Waves for products, writes the recommendations and CAM_SKU.

mod ask;
mod replies;

pub(super) use ask::Service;

use super::{Choices, runlist, tables};
use crate::config::RunMode;
use crate::context::Context;
use crate::record::{CostReport, Tokens, Units};
use crate::store::{LocalStore, ObjectStore as _};
use crate::warehouse::TableName;
use crate::warehouse::template::{Statement, render};
use crate::waves::{Summary, Usage};
use anyhow::bail;
use minijinja::context;
use std::fs;
use std::time::{Duration, Instant};

/// Bytes that the engine may take here, unless `AIM_MEMORY_LIMIT` says otherwise: as many for a million CAMs
/// as for a thousand. What does not fit goes to disk.
const MEMORY_LIMIT: u64 = 768 << 20;

/// Runs the stage; answers how long Waves took of it.
pub(super) fn run(context: &mut Context<'_>) -> anyhow::Result<Duration> {
    if context.config.memory_limit.is_some() {
        return recommend(context);
    }
    let before = context.warehouse.memory_limit()?;
    context.warehouse.set_memory_limit(before.min(MEMORY_LIMIT))?;
    let waited = recommend(context)?;
    context.warehouse.set_memory_limit(before)?;
    Ok(waited)
}

fn recommend(context: &mut Context<'_>) -> anyhow::Result<Duration> {
    let mode = context.config.run_mode;
    let cams = match mode {
        RunMode::Global => {
            context.log.status.log_line("Loading priority runlist...")?;
            runlist::load(context)?
        }
        RunMode::PerSegment => 0,
    };
    let replies = context.copy.scratch(&format!("{}.replies.jsonl", context.run_id));
    let asked = Instant::now();
    let summary = match mode {
        RunMode::Global => ask::runlist(context, cams, &replies)?,
        RunMode::PerSegment => ask::segments(context, &replies)?,
    };
    let waited = asked.elapsed();
    if mode == RunMode::Global {
        report(context, &summary)?;
    }
    let choices = Choices::of(context.config.compat);
    if choices.successes_only {
        check_share(context, &summary)?;
    } else if summary.attempted == 0 {
        tracing::warn!("Waves has no results: nothing is written");
        fs::remove_file(&replies)?;
        return Ok(waited);
    }
    let path = super::csv::utf8(&replies)?;
    context.execute(&[render("aim/results.sql", context! { path })?])?;
    fs::remove_file(&replies)?;
    write_results(context, choices)?;
    Ok(waited)
}

/// Removes the log of what an earlier run with this id asked Waves.
pub(super) fn forget_requests(store: &LocalStore, run_id: &str) -> anyhow::Result<()> {
    store.remove(&replies::request_log(run_id))
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
        RunMode::Global.name(),
        units,
        summary.usage.into(),
        &context.config.waves.prices,
    );
    context.store.write("output/cost_report.json", &serde_json::to_vec_pretty(&report)?)?;
    context.log.status.report(report);
    Ok(())
}

impl From<Usage> for Tokens {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_token_count: usage.prompt_token_count,
            candidates_token_count: usage.candidates_token_count,
            total_token_count: usage.total_token_count,
        }
    }
}

/// Too few answers would empty the tables that customers see.
fn check_share(context: &Context<'_>, summary: &Summary) -> anyhow::Result<()> {
    let share = summary.succeeded as f64 / summary.attempted as f64;
    let least = context.config.waves.min_success_share;
    if summary.succeeded > 0 && share >= least {
        return Ok(());
    }
    let Summary { succeeded, attempted, first_error, .. } = summary;
    let bound = match succeeded {
        0 => String::new(),
        _ => format!(", which is below AIM_MIN_SUCCESS_SHARE={least}"),
    };
    let why = first_error.as_ref().map(|error| format!("; the first error: {error}"));
    bail!(
        "Waves answered {succeeded} of {attempted} CAMs with products{bound}: no table was changed{}",
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
    let statement = statement(super::csv::utf8(&scratch)?)?;
    context.warehouse.transaction(&[statement])?;
    context.store.put_file(&format!("output/{name}"), &scratch)
}
