//! The composite score of each product among those of its category, and its rank there.

use super::Asin;
use super::frame::{Replace, Sink, Workspace};
use super::labels::check_cells;
use crate::warehouse::template::render;
use minijinja::context;
use minijinja::value::Serde;
use std::path::Path;

/// Scores each row of `input`, or those of the scope's day; answers how many rows that are.
///
/// The score is the weighted sum of robust z-scores within site, category and day. A rank counts the better
/// scores of the group; ranks behind `scoring.rank_min` are left out.
///
/// # Errors
///
/// Columns that are missing, the category among them; texts that are no number; a file that cannot be read or
/// written.
pub fn run(job: &Asin, input: Option<&Path>, output: Option<&Path>) -> anyhow::Result<u64> {
    let workspace = Workspace::open(job, input.is_some() && output.is_some())?;
    run_in(job, &workspace, input, output)
}

/// As [`run`], in a workspace.
pub(super) fn run_in(
    job: &Asin,
    workspace: &Workspace,
    input: Option<&Path>,
    output: Option<&Path>,
) -> anyhow::Result<u64> {
    let source = workspace.source(input, "features_daily")?;
    workspace.choose_threads(&source)?;
    let scoring = &job.settings.scoring;
    source.require(&["asin", "site", "dt"])?;
    if job.choices.require_category {
        source.require(&["category"])?;
    }
    let defaults =
        ["bsr_trend_30", "est_sales_30", "review_vel_14", "price_vol_30", "listing_quality"];
    let own = job.settings.weights().map(|(metric, _)| metric);
    // The usual metrics may be missing from a file, as they may be from its rows.
    source.require(&own.filter(|metric| !defaults.contains(metric)).collect::<Vec<_>>())?;
    let metrics: Vec<&str> = job.settings.weights().map(|(metric, _)| metric).collect();
    check_cells(workspace, &source, &metrics, &["dt"], &[])?;
    let scope = &workspace.scope(&job.scope, &source)?.parameters();
    let query = render(
        "asin/score.sql",
        context! {
            source => &source,
            types => source.types(),
            scope,
            weights => Serde(job.settings.weights().collect::<Vec<_>>()),
            z_scale => scoring.z_scale,
            z_clip => scoring.z_clip,
            rank_min => scoring.rank_min,
            choices => job.choices,
            few => workspace.is_few(&source)?,
        },
    )?;
    let sink = match output {
        Some(file) => Sink::File(file),
        None => Sink::Table("score_baseline_daily", Replace::Scope(scope.clone())),
    };
    workspace.write(&query, &sink)
}
