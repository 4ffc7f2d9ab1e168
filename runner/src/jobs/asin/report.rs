//! The report of a week: the candidates, how categories moved, what stands out. Three CSV files, and a page in
//! Markdown with the first rows of each.

use super::Asin;
use super::frame::{SCHEMA, Sink, Workspace};
use crate::store::ObjectStore as _;
use crate::warehouse::template::render;
use anyhow::Context as _;
use minijinja::context;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The parts: template, and its heading.
const PARTS: [(&str, &str); 3] =
    [("top", "Top 100"), ("categories", "Category deltas"), ("anomalies", "Anomalies")];

/// Rows of each part on the page.
const SHOWN: usize = 40;

/// Writes the week that ends with the scope's day to `reports/weekly_report_<day>…`; answers the page. A second time
/// replaces the first.
///
/// # Errors
///
/// Files that cannot be written.
pub fn weekly(job: &Asin) -> anyhow::Result<PathBuf> {
    let workspace = Workspace::open(job, false)?;
    let date = job.scope.date.unwrap_or_else(|| job.clock.today_utc()).to_string();
    let page = format!("reports/weekly_report_{date}.md");
    let mut text = format!("# Week until {date}\n");
    for (part, heading) in PARTS {
        let parameters = context! { schema => SCHEMA, date => &date };
        let query = render(&format!("asin/weekly/{part}.sql"), parameters)?;
        let file = job.store.resolve(&format!("reports/weekly_report_{date}_{part}.csv"))?;
        let rows = workspace.write(&query, &Sink::File(&file))?;
        write!(text, "\n## {heading}\n\n{rows} rows\n")?;
        text += &table(&workspace, &file).with_context(|| file.display().to_string())?;
    }
    job.store.write(&page, text.as_bytes())?;
    job.store.resolve(&page)
}

fn table(workspace: &Workspace, file: &std::path::Path) -> anyhow::Result<String> {
    let source = workspace.source(Some(file), "")?;
    let names: Vec<&str> = source.columns().map(|(name, _)| name).collect();
    let mut text = format!("\n| {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len()));
    let first = render("asin/rows.sql", context! { source => &source, count => SHOWN })?;
    for row in workspace.rows(&first)? {
        let cell = |cell: Option<String>| cell.unwrap_or_default().replace('|', "\\|");
        writeln!(text, "| {} |", row.into_iter().map(cell).collect::<Vec<_>>().join(" | "))?;
    }
    Ok(text)
}
