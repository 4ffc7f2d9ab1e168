//! What is checked: how much data is missing, how good predictions were, how means move, how late runs are. Without
//! rows there is nothing to say.

use super::super::Asin;
use super::super::frame::{Source, Workspace, check_cells, numeric_texts};
use crate::warehouse::template::{Statement, render};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Today.
    High,
    /// This week.
    Medium,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// The check.
    pub kind: &'static str,
    /// How urgent it is.
    pub severity: Severity,
    /// What it is about: a column, a pipeline, or nothing.
    pub about: String,
    /// What was measured.
    pub value: f64,
    /// What it should be compared with.
    pub threshold: f64,
}

impl Alert {
    /// The same alert has the same key, whatever was measured.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.kind, self.about)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, severity, about, value, threshold } = self;
        let severity = if *severity == Severity::High { "high" } else { "medium" };
        let about = if about.is_empty() { String::new() } else { format!(" {about}:") };
        write!(f, "[{severity}] {kind}:{about} {value:.4} (limit {threshold})")
    }
}

/// What is checked besides the job's features.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Rows of now; absent, the day's features.
    pub current: Option<PathBuf>,
    /// Rows to compare them with; absent, the features of the week before.
    pub baseline: Option<PathBuf>,
    /// Columns asin, site, snapshot_date, predicted.
    pub predictions: Option<PathBuf>,
    /// Columns asin, site, snapshot_date, actual.
    pub actuals: Option<PathBuf>,
    /// Columns pipeline, scheduled_at, completed_at.
    pub events: Option<PathBuf>,
}

pub(super) fn run(job: &Asin, inputs: &Inputs) -> anyhow::Result<Vec<Alert>> {
    let files = inputs.current.is_some() && inputs.baseline.is_some();
    let workspace = Workspace::open(job, files)?;
    let [current, baseline] = rows(job, &workspace, inputs)?;
    let limits = &job.settings.alerts;
    let mut alerts = Vec::new();
    let columns: Vec<(&str, &str)> = current.columns().collect();
    let missing = context! { source => &current, columns => Serde(&columns) };
    let allowed = 1.0 - limits.data_quality;
    if let Some(share) = number(&workspace, &render("asin/null_share.sql", missing)?)?
        && share > allowed + 1e-12
    {
        alerts.push(alert("data_quality", Severity::High, "", share, allowed));
    }
    if let (Some(predictions), Some(actuals)) = (&inputs.predictions, &inputs.actuals) {
        let predictions = workspace.source(Some(predictions), "")?;
        let actuals = workspace.source(Some(actuals), "")?;
        predictions.require(&["asin", "site", "snapshot_date", "predicted"])?;
        actuals.require(&["asin", "site", "snapshot_date", "actual"])?;
        check_cells(&workspace, &predictions, &["predicted"], &["snapshot_date"], &[])?;
        check_cells(&workspace, &actuals, &["actual"], &["snapshot_date"], &[])?;
        let parameters = context! { predictions => &predictions, actuals => &actuals };
        let accuracy = number(&workspace, &render("asin/accuracy.sql", parameters)?)?;
        if let Some(accuracy) = accuracy.filter(|accuracy| *accuracy < limits.accuracy) {
            alerts.push(alert("performance", Severity::High, "", accuracy, limits.accuracy));
        }
    }
    alerts.extend(drift(job, &workspace, &current, &baseline)?);
    if let Some(events) = &inputs.events {
        let events = workspace.source(Some(events), "")?;
        events.require(&["pipeline", "scheduled_at", "completed_at"])?;
        check_cells(&workspace, &events, &[], &["scheduled_at", "completed_at"], &[])?;
        for (pipeline, minutes) in
            pairs(&workspace, &render("asin/late.sql", context! { events => &events })?)?
        {
            if minutes > limits.delay_minutes {
                alerts.push(alert("sla", Severity::High, &pipeline, minutes, limits.delay_minutes));
            }
        }
    }
    Ok(alerts)
}

fn alert(kind: &'static str, severity: Severity, about: &str, value: f64, threshold: f64) -> Alert {
    Alert { kind, severity, about: about.to_owned(), value, threshold }
}

/// The rows of now, and those to compare them with.
fn rows(job: &Asin, workspace: &Workspace, inputs: &Inputs) -> anyhow::Result<[Source; 2]> {
    let day = job.scope.date.unwrap_or_else(|| job.clock.today_utc());
    let features = |condition: String| {
        let sql = format!("select * from asin.features_daily where {condition}");
        workspace.query(&Statement::new("features_daily", sql))
    };
    let current = match &inputs.current {
        Some(file) => workspace.source(Some(file), "")?,
        None => features(format!("dt = date '{day}'"))?,
    };
    let baseline = match &inputs.baseline {
        Some(file) => workspace.source(Some(file), "")?,
        None => features(format!("dt between date '{day}' - 7 and date '{day}' - 1"))?,
    };
    Ok([current, baseline])
}

/// Columns of numbers that both have.
fn drift(
    job: &Asin,
    workspace: &Workspace,
    current: &Source,
    baseline: &Source,
) -> anyhow::Result<Vec<Alert>> {
    let is_number = |kind: &str| {
        ["DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"].contains(&kind)
            || kind.starts_with("DECIMAL")
    };
    // Every cell of a CSV file is a text.
    let (texts, others) = (numeric_texts(workspace, current)?, numeric_texts(workspace, baseline)?);
    let in_current =
        |name: &str, kind: &str| is_number(kind) || texts.iter().any(|text| text == name);
    let in_baseline = |name: &str| {
        baseline.kind(name).is_some_and(is_number) || others.iter().any(|text| text == name)
    };
    let columns: Vec<String> = current
        .columns()
        .filter(|(name, kind)| baseline.has(name) && in_current(name, kind) && in_baseline(name))
        .map(|(name, _)| name.to_owned())
        .collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let limit = job.settings.alerts.drift;
    let query = render("asin/drift.sql", context! { current, baseline, columns })?;
    let moved = pairs(workspace, &query)?.into_iter().filter(|(_, change)| *change >= limit);
    Ok(moved
        .map(|(column, change)| alert("drift", Severity::Medium, &column, change, limit))
        .collect())
}

fn number(workspace: &Workspace, query: &Statement) -> anyhow::Result<Option<f64>> {
    let cell = workspace.rows(query)?.into_iter().flatten().flatten().next();
    Ok(cell.and_then(|cell| cell.parse().ok()))
}

/// A name and a number; rows without a number are left out.
fn pairs(workspace: &Workspace, query: &Statement) -> anyhow::Result<Vec<(String, f64)>> {
    let pair = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let name = cells.next()?.unwrap_or_default();
        Some((name, cells.next()??.parse().ok()?))
    };
    Ok(workspace.rows(query)?.into_iter().filter_map(pair).collect())
}
