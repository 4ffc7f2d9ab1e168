//! Labels: what happened after each day of each product, as samples to learn from. Three tables have the same
//! days: a binary target, one for ranking, one for regression.

mod inputs;
mod summary;

pub use inputs::Inputs;
pub use summary::{Part, Summary};

use super::Asin;
use super::frame::{Replace, Sink, Source, Workspace, numeric_texts};
use super::settings::WindowMode;
use crate::warehouse::template::{Statement, render};
use anyhow::bail;
use inputs::Sources;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The targets, and what their tables and files are called after `train_samples_`.
const TARGETS: [(&str, &str); 3] =
    [("bin", "train_samples_bin"), ("rank", "train_samples_rank"), ("reg", "train_samples_reg")];

/// Where labels go.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    /// The folder of the three files and the summary; absent, the job's tables.
    pub folder: Option<PathBuf>,
    /// A file for the windows that the labels are made of.
    pub windows: Option<PathBuf>,
}

/// Labels every day whose future window has enough sales, and says what came out.
///
/// Windows count rows, or days with `training.labels.window_mode: calendar`. A day is positive when sales
/// grew by `ratio_threshold` and the rank's percentile on its site fell by `percentile_drop`, or the rank
/// itself by `bsr_delta`. Parts follow each other in time; samples whose future reaches into the next part are
/// kept and marked as purged.
///
/// # Errors
///
/// Columns that are missing, cells that are no number or date, keys that occur twice where they must not, no
/// sample at all; then nothing is written.
pub fn run(job: &Asin, inputs: &Inputs, outputs: &Outputs) -> anyhow::Result<Summary> {
    let workspace = Workspace::open(job, inputs.only_files() && outputs.folder.is_some())?;
    // The samples are put in order once, for all three tables.
    let order = Statement::new("order", "set preserve_insertion_order = true");
    workspace.db().transaction(&[order])?;
    let sources = Sources::open(&workspace, inputs, &job.choices)?;
    workspace.choose_threads(&sources.mart)?;
    let details = outputs.windows.is_some();
    let parameters = parameters(job, &workspace, &sources, details)?;
    let statement = |name: &str| render(name, parameters.clone());
    workspace.db().transaction(&[
        statement("asin/labels/rows.sql")?,
        statement("asin/labels/windows.sql")?,
        statement("asin/labels/samples.sql")?,
    ])?;
    let summary = Summary::read(&workspace, &parameters)?;
    if summary.samples == 0 {
        let labels = &job.settings.training.labels;
        bail!(
            "No day can be labelled: of {} days {} have sales, and a future window needs {} of them; give \
             more days, or smaller windows",
            summary.days,
            summary.days_with_sales,
            minimum(labels.horizon_days, labels.min_coverage)
        );
    }
    if let Some(file) = &outputs.windows {
        let windows = Statement::new(
            "labels/windows",
            "select * exclude (last_day) from label_windows order by asin, site, t_ref",
        );
        workspace.write(&windows, &Sink::File(file))?;
    }
    for (target, name) in TARGETS {
        let query = render("asin/labels/output.sql", context! { target, ..parameters.clone() })?;
        match &outputs.folder {
            Some(folder) => {
                let file = folder.join(name).with_extension("parquet");
                workspace.write(&query, &Sink::File(&file))?;
            }
            None => {
                workspace.write(&query, &Sink::Table(name, Replace::All))?;
            }
        }
    }
    if let Some(folder) = &outputs.folder {
        write_summary(&folder.join("labels_summary.json"), &summary)?;
    }
    Ok(summary)
}

fn write_summary(file: &Path, summary: &Summary) -> anyhow::Result<()> {
    super::files::write(file, serde_json::to_string_pretty(summary)?.as_bytes())
}

/// So many values a window must have.
fn minimum(days: u32, coverage: f64) -> u64 {
    (f64::from(days) * coverage).ceil() as u64
}

/// A feature of the vector.
#[derive(Debug, Clone, Serialize)]
struct Feature {
    name: String,
    /// Its key in JSON, with the colon.
    prefix: String,
    /// Whether it is of numbers that JSON may not have.
    finite: bool,
    /// Whether it is of whole numbers.
    whole: bool,
}

fn parameters(
    job: &Asin,
    workspace: &Workspace,
    sources: &Sources,
    details: bool,
) -> anyhow::Result<Value> {
    let (labels, splits) = (&job.settings.training.labels, &job.settings.training.splits);
    let mart = &sources.mart;
    let scope = workspace.scope(&job.scope, mart)?.parameters();
    let texts = numeric_texts(workspace, &sources.features)?;
    let vector: Vec<Feature> = sources
        .features
        .columns()
        .filter(|(name, _)| !["asin", "site", "dt"].contains(&&*name.to_lowercase()))
        .map(|(name, kind)| {
            let prefix = format!("{}: ", serde_json::Value::from(name));
            let finite = is_float(kind) || texts.iter().any(|text| text == name);
            let whole = kind.contains("INT");
            Feature { name: name.to_owned(), prefix, finite, whole }
        })
        .collect();
    let percents: Vec<i64> = labels
        .price_band_quantiles
        .iter()
        // Cut, as bands have always been named.
        .map(|quantile| (100.0 * quantile).trunc() as i64)
        .collect();
    Ok(context! {
        choices => job.choices,
        scope,
        source => mart,
        types => mart.types(),
        sales => sources.sales,
        category => &sources.category,
        dim => sources.dim.as_ref(),
        orders => sources.orders.as_ref(),
        order_types => sources.orders.as_ref().map(Source::types),
        order_date => sources.order_date,
        features => &sources.features,
        feature_types => sources.features.types(),
        vector => Value::from(Serde(vector)),
        details,
        calendar => labels.window_mode == WindowMode::Calendar,
        lookback => labels.lookback_days,
        horizon => labels.horizon_days,
        past_minimum => minimum(labels.lookback_days, labels.min_coverage),
        future_minimum => minimum(labels.horizon_days, labels.min_coverage),
        min_past_sales => labels.min_past_sales,
        bsr_delta => labels.bsr_delta,
        daily_means => labels.daily_means,
        ratio_threshold => labels.ratio_threshold,
        percentile_drop => labels.percentile_drop,
        train => splits.train,
        train_and_valid => splits.train + splits.valid,
        valid => splits.valid,
        test => splits.test,
        deal_remainder => splits.deal_remainder,
        as_of => labels.features_as_of,
        purge => job.choices.purge_between_parts && splits.purge,
        quantiles => &labels.price_band_quantiles,
        percents,
    })
}

fn is_float(kind: &str) -> bool {
    matches!(kind, "DOUBLE" | "FLOAT") || kind.starts_with("DECIMAL")
}

#[cfg(test)]
mod tests {
    use super::minimum;

    #[test]
    fn windows_need_most_of_their_days() {
        assert_eq!([28, 30, 1, 10].map(|days| minimum(days, 0.7)), [20, 21, 1, 7]);
        assert_eq!([minimum(28, 1.0), minimum(28, 0.01)], [28, 1]);
    }
}
