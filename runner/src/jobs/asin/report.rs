//! The report of a week: the candidates, how categories moved, what stands out. Three CSV files with all rows, a
//! workbook of them, and a page in Markdown and in PDF with the first rows of each.

mod delivery;
mod due;
mod pdf;
mod workbook;

pub use delivery::{Delivery, deliver};
pub use due::due;

use super::Asin;
use super::frame::{SCHEMA, Sink, Workspace};
use crate::store::ObjectStore as _;
use crate::warehouse::template::render;
use jiff::civil::Date;
use minijinja::context;
use std::fmt::Write as _;
use std::path::PathBuf;

/// The parts: template, and its heading.
const PARTS: [(&str, &str); 3] =
    [("top", "Top 100"), ("categories", "Category Deltas"), ("anomalies", "Anomalies")];

/// Rows of each part on the page.
const SHOWN: usize = 40;

/// A part of the report.
struct Part {
    heading: &'static str,
    /// Names and types of the columns, in order.
    columns: Vec<(String, String)>,
    /// Every cell as text.
    rows: Vec<Vec<Option<String>>>,
}

/// What was written, and about which week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The last day of the week.
    pub day: Date,
    /// The page in Markdown.
    pub page: PathBuf,
    /// The workbook.
    pub workbook: PathBuf,
    /// The page in PDF.
    pub pdf: PathBuf,
}

/// Writes the week that ends with a day to `reports/weekly_report_<day>…`. A second time replaces the first.
///
/// # Errors
///
/// Files that cannot be written.
pub fn weekly(job: &Asin, day: Date) -> anyhow::Result<Report> {
    let workspace = Workspace::open(job, false)?;
    let date = day.to_string();
    let mut parts = Vec::new();
    for (part, heading) in PARTS {
        let parameters = context! { schema => SCHEMA, date => &date };
        let query = render(&format!("asin/weekly/{part}.sql"), parameters)?;
        let file = job.store.resolve(&format!("reports/weekly_report_{date}_{part}.csv"))?;
        workspace.write(&query, &Sink::File(&file))?;
        let source = workspace.query(&query)?;
        let columns = source.columns().map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        parts.push(Part { heading, columns: columns.collect(), rows: workspace.rows(&query)? });
    }
    let write = |ending: &str, content: &[u8]| {
        let file = format!("reports/weekly_report_{date}.{ending}");
        job.store.write(&file, content)?;
        job.store.resolve(&file)
    };
    let title = format!("Week until {date}");
    Ok(Report {
        day,
        page: write("md", markdown(&title, &parts)?.as_bytes())?,
        workbook: write("xlsx", &workbook::write(&parts)?)?,
        pdf: write("pdf", &pdf::write(&title, &parts, SHOWN)?)?,
    })
}

fn markdown(title: &str, parts: &[Part]) -> anyhow::Result<String> {
    let mut text = format!("# {title}\n");
    for Part { heading, columns, rows } in parts {
        let names: Vec<&str> = columns.iter().map(|(name, _)| &**name).collect();
        write!(text, "\n## {heading}\n\n{} rows\n", rows.len())?;
        write!(text, "\n| {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len()))?;
        for row in rows.iter().take(SHOWN) {
            let cell = |cell: &Option<String>| {
                cell.as_deref().unwrap_or_default().replace('|', "\\|").replace('\n', " ")
            };
            writeln!(text, "| {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "))?;
        }
    }
    Ok(text)
}
