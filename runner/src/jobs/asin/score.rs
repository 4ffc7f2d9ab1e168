//! The composite score of each product among those of its category, and its rank there.

mod bigquery;

pub use bigquery::query as query_for_bigquery;

use super::Asin;
use super::cloud::Cloud;
use super::frame::{Replace, Sink, Source, Workspace, check_cells};
use crate::config::Scoring;
use crate::warehouse::template::render;
use minijinja::context;
use minijinja::value::Serde;
use std::path::Path;

/// The table that is read where no file is.
pub(super) const FEATURES: &str = "features_daily";

/// The table that is written where no file is.
pub(super) const SCORES: &str = "score_baseline_daily";

/// The metrics that may be missing from a file, as they may be from its rows.
const DEFAULTS: [&str; 5] =
    ["bsr_trend_30", "est_sales_30", "review_vel_14", "price_vol_30", "listing_quality"];

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
    match warehouse(job, input, output) {
        Some(cloud) => Ok(cloud.score(job, &workspace)?.rows),
        None => compute(job, &workspace, input, output),
    }
}

/// As [`run`], of the job's tables, with which other stages go on in a workspace.
pub(super) fn run_in(job: &Asin, workspace: &Workspace) -> anyhow::Result<u64> {
    match warehouse(job, None, None) {
        Some(cloud) => {
            let scored = cloud.score(job, workspace)?;
            cloud.fetch_scores(workspace, &scored)?;
            Ok(scored.rows)
        }
        None => compute(job, workspace, None, None),
    }
}

/// The tables that [`run`] reads on this machine.
pub fn reads(job: &Asin, input: Option<&Path>, output: Option<&Path>) -> Vec<&'static str> {
    match warehouse(job, input, output) {
        Some(_) => Vec::new(),
        None => vec![FEATURES],
    }
}

/// Who computes the scores of tables, if not the engine.
fn warehouse<'a>(job: &'a Asin, input: Option<&Path>, output: Option<&Path>) -> Option<&'a Cloud> {
    let tables = input.is_none() && output.is_none();
    job.cloud.as_deref().filter(|_| tables && job.config.scoring == Scoring::Warehouse)
}

/// Refuses features that lack a column.
pub(super) fn check(job: &Asin, source: &Source) -> anyhow::Result<()> {
    source.require(&["asin", "site", "dt"])?;
    if job.choices.require_category {
        source.require(&["category"])?;
    }
    let own = job.settings.weights().map(|(metric, _)| metric);
    source.require(&own.filter(|metric| !DEFAULTS.contains(metric)).collect::<Vec<_>>())
}

fn compute(
    job: &Asin,
    workspace: &Workspace,
    input: Option<&Path>,
    output: Option<&Path>,
) -> anyhow::Result<u64> {
    let source = workspace.source(input, FEATURES)?;
    workspace.choose_threads(&source)?;
    check(job, &source)?;
    let scoring = &job.settings.scoring;
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
        None => Sink::Table(SCORES, Replace::Scope(scope.clone())),
    };
    workspace.write(&query, &sink)
}
