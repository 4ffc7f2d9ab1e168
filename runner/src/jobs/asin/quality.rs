//! How good the data of a day is, and the report about it.

use super::frame::{Source, Workspace};
use super::{Asin, files};
use crate::store::ObjectStore as _;
use crate::warehouse::template::render;
use minijinja::{Value, context};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// So many series with gaps are named.
const NAMED: usize = 1_000;

/// Whether data is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// It is.
    Passed,
    /// It may be.
    Warning,
    /// It cannot be used.
    Failed,
}

/// Counts of a site's raw rows, taken before anything is blanked out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows.
    pub rows_in: u64,
    /// Without product, site or day; left out.
    pub unusable: u64,
    /// Without a time of ingestion.
    pub null_ingested_at: u64,
    /// With a price that is none.
    pub invalid_price: u64,
    /// With a rank that is none.
    pub invalid_bsr: u64,
    /// With a rating that is none.
    pub invalid_rating: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.unusable += other.unusable;
        self.null_ingested_at += other.null_ingested_at;
        self.invalid_price += other.invalid_price;
        self.invalid_bsr += other.invalid_bsr;
        self.invalid_rating += other.invalid_rating;
    }
}

/// How many of its days a series has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesCoverage {
    /// The product.
    pub asin: String,
    /// Its market.
    pub site: String,
    /// The share, 0–1.
    pub coverage: f64,
}

/// Coverage of all series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// How many series there are.
    pub series: usize,
    /// The smallest share; absent without rows.
    pub minimum: Option<f64>,
    /// The mean share.
    pub mean: Option<f64>,
    /// How many are below the threshold.
    pub below: usize,
    /// The first of those, the worst first.
    pub worst: Vec<SeriesCoverage>,
    /// The verdict.
    pub status: Grade,
}

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// The day, or `all`.
    pub date: String,
    /// The verdict.
    pub status: Grade,
    /// All sites together.
    #[serde(flatten)]
    pub total: Counts,
    /// Rows of the mart.
    pub rows_out: u64,
    /// Rows that a newer one of the same key replaced.
    pub duplicates_dropped: u64,
    /// Each site's counts; a site without a name is the empty one.
    pub sites: BTreeMap<String, Counts>,
    /// Share of missing values of each column of the mart.
    pub null_rate: BTreeMap<String, f64>,
    /// Coverage.
    pub coverage: Coverage,
}

impl Quality {
    /// Measures raw rows and the mart that was made of them.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn measure(
        job: &Asin,
        workspace: &Workspace,
        parameters: Value,
        mart: &Source,
        rows_out: u64,
    ) -> anyhow::Result<Self> {
        let mut sites = BTreeMap::new();
        let mut total = Counts::default();
        for row in workspace.rows(&render("asin/quality.sql", parameters)?)? {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let site = cells.next().unwrap_or_default();
            let mut count = || cells.next().and_then(|cell| cell.parse().ok()).unwrap_or(0);
            let counts = Counts {
                rows_in: count(),
                unusable: count(),
                null_ingested_at: count(),
                invalid_price: count(),
                invalid_bsr: count(),
                invalid_rating: count(),
            };
            total.add(&counts);
            sites.insert(site, counts);
        }
        let coverage = coverage(job, workspace, mart)?;
        let date = job.scope.date.map_or_else(|| "all".to_owned(), |date| date.to_string());
        Ok(Self {
            date,
            status: coverage.status,
            duplicates_dropped: (total.rows_in - total.unusable).saturating_sub(rows_out),
            total,
            rows_out,
            sites,
            null_rate: null_rate(workspace, mart)?,
            coverage,
        })
    }

    /// Writes the report: to `file`, or to `output/quality_report_<day>.json` in the job's folder.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, job: &Asin, file: Option<&Path>) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        match file {
            Some(file) => files::write(file, &text),
            None => job.store.write(&format!("output/quality_report_{}.json", self.date), &text),
        }
    }
}

/// How many of its days each series of `mart` has; of all rows together, where the job pools them.
///
/// # Errors
///
/// The engine's.
pub fn coverage(job: &Asin, workspace: &Workspace, mart: &Source) -> anyhow::Result<Coverage> {
    let least = job.settings.validation.min_coverage;
    let rows = workspace.rows(&render("asin/coverage.sql", context! { source => mart })?)?;
    let series: Vec<SeriesCoverage> = rows.into_iter().filter_map(series).collect();
    let below = series.iter().filter(|series| series.coverage < least).count();
    let worst: Vec<_> = series.iter().take(below.min(NAMED)).cloned().collect();
    let mean =
        series.iter().map(|series| series.coverage).sum::<f64>() / series.len().max(1) as f64;
    let mut coverage = Coverage {
        series: series.len(),
        minimum: series.first().map(|series| series.coverage),
        mean: (!series.is_empty()).then_some(mean),
        below,
        worst,
        status: Grade::Warning,
    };
    let share = below as f64 / series.len().max(1) as f64;
    let mut good = !series.is_empty() && share <= 1.0 - least + 1e-12;
    if !job.choices.coverage_by_series {
        let pooled = render("asin/pooled_coverage.sql", context! { source => mart })?;
        let pooled = workspace.rows(&pooled)?.into_iter().flatten().flatten().next();
        let pooled: Option<f64> = pooled.and_then(|share| share.parse().ok());
        (coverage.minimum, coverage.mean) = (pooled, pooled);
        good = pooled.is_some_and(|share| share >= least);
    }
    if good {
        coverage.status = Grade::Passed;
    }
    Ok(coverage)
}

fn series(row: Vec<Option<String>>) -> Option<SeriesCoverage> {
    let mut cells = row.into_iter().flatten();
    let (asin, site) = (cells.next()?, cells.next()?);
    Some(SeriesCoverage { asin, site, coverage: cells.next()?.parse().ok()? })
}

fn null_rate(workspace: &Workspace, mart: &Source) -> anyhow::Result<BTreeMap<String, f64>> {
    let columns: Vec<String> = mart.columns().map(|(name, _)| name.to_owned()).collect();
    let query = render("asin/nulls.sql", context! { source => mart, columns => &columns })?;
    let shares = workspace.rows(&query)?.into_iter().flatten().flatten();
    let shares = shares.map(|share| share.parse().unwrap_or_default());
    Ok(columns.into_iter().zip(shares).collect())
}
