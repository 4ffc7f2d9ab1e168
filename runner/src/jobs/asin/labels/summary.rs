//! What labels are like, for a person to look at before training on them.

use super::super::frame::Workspace;
use crate::warehouse::template::render;
use minijinja::Value;
use serde::Serialize;

/// Counts of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Rows of the mart without product, site or day; they have no label.
    pub without_key: u64,
    /// Cells that are infinite or no number, by column; they are missing.
    pub not_finite: Vec<(String, u64)>,
    /// Days that there are.
    pub days: u64,
    /// Days whose sales are known.
    pub days_with_sales: u64,
    /// Samples of all parts.
    pub samples: u64,
    /// Train, valid and test, as far as there are days for them.
    pub parts: Vec<Part>,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Its name.
    pub split: String,
    /// Its samples.
    pub rows: u64,
    /// Samples that are not used, because their future reaches into the next part.
    pub purged: u64,
    /// Samples with the binary target 1.
    pub positive: u64,
    /// Groups of products that compete.
    pub groups: u64,
    /// Products.
    pub products: u64,
    /// Its first day.
    pub first_day: String,
    /// Its last day.
    pub last_day: String,
    /// Mean of the future sales.
    pub mean_sales: Option<f64>,
    /// Their sample deviation.
    pub deviation_of_sales: Option<f64>,
    /// Samples without any feature.
    pub without_features: u64,
    /// Samples whose category is unknown.
    pub without_category: u64,
}

impl Summary {
    pub(super) fn read(workspace: &Workspace, parameters: &Value) -> anyhow::Result<Self> {
        let db = workspace.db();
        let left_out = render("asin/labels/left_out.sql", parameters.clone())?;
        let mut summary = Self {
            without_key: 0,
            not_finite: Vec::new(),
            days: 0,
            days_with_sales: 0,
            samples: 0,
            parts: Vec::new(),
        };
        for row in db.rows(&left_out)? {
            let mut cells = row.into_iter().map(Option::unwrap_or_default);
            let name = cells.next().unwrap_or_default();
            let count = cells.next().and_then(|count| count.parse().ok()).unwrap_or_default();
            match &*name {
                "without_key" => summary.without_key = count,
                "days" => summary.days = count,
                "days_with_sales" => summary.days_with_sales = count,
                "samples" => summary.samples = count,
                _ => summary.not_finite.push((name, count)),
            }
        }
        for row in db.rows(&render("asin/labels/summary.sql", parameters.clone())?)? {
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            let count = |at: usize| text(at).parse().unwrap_or_default();
            summary.parts.push(Part {
                split: text(0),
                rows: count(1),
                purged: count(2),
                positive: count(3),
                groups: count(4),
                products: count(5),
                first_day: text(6),
                last_day: text(7),
                mean_sales: text(8).parse().ok(),
                deviation_of_sales: text(9).parse().ok(),
                without_features: count(10),
                without_category: count(11),
            });
        }
        Ok(summary)
    }
}
