//! Whether a day's mart is good enough to go on with.

use super::Asin;
use super::frame::{Workspace, check_cells};
use super::quality::{Coverage, Grade, coverage};
use crate::warehouse::template::render;
use minijinja::context;
use serde::Serialize;
use std::path::Path;

/// What a mart needs.
const NEEDED: [&str; 6] = ["asin", "site", "dt", "price", "bsr", "rating"];

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validation {
    /// The verdict: the worst of all.
    pub status: Grade,
    /// Why it is not `passed`, a sentence each.
    pub reasons: Vec<String>,
    /// Columns that are missing; then nothing else was looked at.
    pub missing_columns: Vec<&'static str>,
    /// Rows.
    pub rows: u64,
    /// Rows of the day.
    pub rows_of_the_day: u64,
    /// Rows without product, site or day.
    pub without_key: u64,
    /// Rows of a product and day that there is another row of.
    pub repeated: u64,
    /// Prices up to 0, and prices that were blanked out.
    pub invalid_price: u64,
    /// Ranks outside their range, and ranks that were blanked out or never there.
    pub invalid_bsr: u64,
    /// Coverage; absent where columns are missing.
    pub coverage: Option<Coverage>,
}

impl Validation {
    fn doubt(&mut self, status: Grade, reason: String) {
        if self.status != Grade::Failed {
            self.status = status;
        }
        self.reasons.push(reason);
    }
}

/// Looks at `input`, or at the mart: at all days of a file, else at those that labels look back on.
///
/// Missing columns, no row of the day, rows without a key and a day with two rows of a product cannot be gone on with; gaps and more
/// invalid prices or ranks than `validation.max_invalid_share` are for somebody to look at.
///
/// # Errors
///
/// A file that cannot be read.
pub fn run(job: &Asin, input: Option<&Path>) -> anyhow::Result<Validation> {
    let workspace = Workspace::open(job, input.is_some())?;
    let source = workspace.source(input, "mart_timeseries_daily")?;
    let mut found = Validation {
        status: Grade::Passed,
        reasons: Vec::new(),
        missing_columns: NEEDED.into_iter().filter(|column| !source.has(column)).collect(),
        rows: 0,
        rows_of_the_day: 0,
        without_key: 0,
        repeated: 0,
        invalid_price: 0,
        invalid_bsr: 0,
        coverage: None,
    };
    if !found.missing_columns.is_empty() {
        let missing = found.missing_columns.join(", ");
        found.doubt(Grade::Failed, format!("There is no column {missing}"));
        return Ok(found);
    }
    check_cells(&workspace, &source, &["price", "bsr"], &["dt"], &["price_valid", "bsr_valid"])?;
    let scope = &workspace.scope(&job.scope, &source)?.parameters();
    let days = job.settings.training.labels.lookback_days.max(1);
    let types = source.types();
    let window = render("asin/window.sql", context! { source => &source, scope, days })?;
    let window = workspace.query(&window)?;
    let counts = render("asin/validate.sql", context! { source => &window, types, scope })?;
    let counts: Vec<u64> = workspace
        .rows(&counts)?
        .into_iter()
        .flatten()
        .map(|cell| cell.and_then(|cell| cell.parse().ok()).unwrap_or(0))
        .collect();
    if let [rows, of_the_day, without_key, repeated, price, bsr, blanked_price, blanked_bsr] =
        counts[..]
    {
        (found.rows, found.rows_of_the_day) = (rows, of_the_day);
        (found.without_key, found.repeated) = (without_key, repeated);
        (found.invalid_price, found.invalid_bsr) = (price + blanked_price, bsr + blanked_bsr);
    }
    if job.choices.judge_rows {
        judge(job, &mut found);
    }
    let coverage = coverage(job, &workspace, &window)?;
    let judged = job.choices.judge_rows && found.rows == 0;
    if coverage.status != Grade::Passed && !judged {
        let reason = match coverage.minimum {
            None => "There is no row of a product, site and day".to_owned(),
            Some(share) if !job.choices.coverage_by_series => {
                format!("{share:.4} of all rows come a day after the row before")
            }
            Some(_) => {
                let (below, series) = (coverage.below, coverage.series);
                format!("{below} of {series} series lack more days than they may")
            }
        };
        found.doubt(coverage.status, reason);
    }
    found.coverage = Some(coverage);
    Ok(found)
}

fn judge(job: &Asin, found: &mut Validation) {
    if found.rows_of_the_day == 0 {
        let day = job.scope.date.map_or_else(|| "any day".to_owned(), |date| date.to_string());
        found.doubt(Grade::Failed, format!("There is no row of {day}"));
    }
    if found.without_key > 0 {
        found.doubt(Grade::Failed, format!("{} rows lack product, site or day", found.without_key));
    }
    if found.repeated > 0 {
        found.doubt(Grade::Failed, format!("{} rows repeat a product and day", found.repeated));
    }
    let most = job.settings.validation.max_invalid_share;
    for (count, what) in [(found.invalid_price, "prices"), (found.invalid_bsr, "ranks")] {
        if found.rows > 0 && count as f64 / found.rows as f64 > most {
            let reason = format!("{count} of {} {what} are invalid or missing", found.rows);
            found.doubt(Grade::Warning, reason);
        }
    }
}
