//! From raw rows to the daily mart: one row per product and day, typed, without what cannot be.

use super::Asin;
use super::frame::{Replace, SCHEMA, Sink, Workspace};
use super::quality::Quality;
use crate::warehouse::template::render;
use minijinja::context;
use std::path::{Path, PathBuf};

const NEEDED: [&str; 7] = ["asin", "site", "dt", "price", "bsr", "rating", "_ingested_at"];

/// Makes the mart of `inputs`, one after the other, or of what was ingested; with a date, of that day and the
/// days that are fetched with it. Answers what was found, which is written to `report` as well.
///
/// Of rows of one product and day the one that was ingested last stays, of those the later one. Numbers that are
/// none become missing, as do prices up to 0, ranks outside 1 to 5,000,000 and ratings outside 0 to 5. Rows
/// without product, site or day are left out. All of it is counted.
///
/// # Errors
///
/// Columns that are missing, a file that cannot be read or written.
pub fn run(
    job: &Asin,
    inputs: &[PathBuf],
    output: Option<&Path>,
    report: Option<&Path>,
) -> anyhow::Result<Quality> {
    let workspace = Workspace::open(job, !inputs.is_empty() && output.is_some())?;
    run_in(job, &workspace, inputs, output, report)
}

/// As [`run`], in a workspace.
pub(super) fn run_in(
    job: &Asin,
    workspace: &Workspace,
    inputs: &[PathBuf],
    output: Option<&Path>,
    report: Option<&Path>,
) -> anyhow::Result<Quality> {
    let source =
        workspace.placed(inputs, &render("asin/raw.sql", context! { schema => SCHEMA })?)?;
    source.require(&NEEDED)?;
    let parameters = context! {
        source => &source,
        types => source.types(),
        scope => workspace.scope(&job.scope, &source)?.parameters(),
        lookback_days => job.settings.lookback(),
        choices => job.choices,
        few => workspace.is_few(&source)?,
    };
    let query = render("asin/standardize.sql", parameters.clone())?;
    let sink = match output {
        Some(file) => Sink::File(file),
        None => Sink::Table("mart_timeseries_daily", Replace::Keys(&["asin", "site", "dt"])),
    };
    let rows = workspace.write(&query, &sink)?;
    let quality = Quality::measure(job, workspace, parameters, &workspace.written(&sink)?, rows)?;
    if report.is_some() || output.is_none() {
        quality.write(job, report)?;
    }
    Ok(quality)
}
