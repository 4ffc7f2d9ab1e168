//! Features: trends, volatilities, means and differences of each product's daily series, and the quality of
//! its listing.

use super::Asin;
use super::frame::{Part, Replace, Sink, Workspace, check_cells};
use crate::warehouse::template::{Statement, render};
use aim_ext::core::features::minimum_count;
use minijinja::context;
use std::path::Path;

/// The table that is read where no file is.
const MART: &str = "mart_timeseries_daily";

/// The table that is written where no file is.
const FEATURES: &str = "features_daily";

/// What must be numbers, where it is there.
const NUMBERS: [&str; 8] = [
    "bsr",
    "price",
    "rating",
    "reviews_count",
    "est_sales",
    "title_length",
    "bullet_count",
    "image_count",
];

/// What a listing has or has not.
const FLAGS: [&str; 4] = ["has_material_attr", "has_size_attr", "has_use_case_attr", "has_a_plus"];

/// What a row takes while its series is worked on: 165 bytes where it is gathered, as many in the features that come
/// out. Measured with short names of categories; parts leave as much again for longer ones.
const BYTES: u64 = 330;

/// Computes a row of features for each row of `input`, or those of the scope's day; answers how many.
///
/// Windows count rows, or days with `features.window_mode: calendar`; a window of w has a result from
/// ⌈0.7 w⌉ values on. Rows without product, site or day are left out.
///
/// # Errors
///
/// Columns that are missing, texts that are no number, a file that cannot be read or written.
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
    let source = workspace.source(input, MART)?;
    let scope = &workspace.scope(&job.scope, &source)?.parameters();
    source.require(&["asin", "site", "dt", "bsr", "price", "rating", "reviews_count"])?;
    check_cells(workspace, &source, &NUMBERS, &["dt"], &FLAGS)?;
    let features = &job.settings.features;
    let least: Vec<usize> =
        features.rolling.iter().map(|window| minimum_count(*window as usize)).collect();
    let parts = workspace.parts(&source, BYTES)?;
    let parameters = context! {
        source => &source,
        types => source.types(),
        scope,
        rolling => &features.rolling,
        least => least,
        window_mode => features.window_mode.name(),
        choices => job.choices,
        few => parts.is_one() && workspace.is_few(&source)?,
    };
    let query = |part: Part| render("asin/features.sql", context! { part, ..parameters.clone() });
    let queries: Vec<Statement> = parts.iter().map(query).collect::<Result<_, _>>()?;
    let sink = match output {
        Some(file) => Sink::File(file),
        None => Sink::Table(FEATURES, Replace::Scope(scope.clone())),
    };
    workspace.write_parts(&queries, &sink)
}
