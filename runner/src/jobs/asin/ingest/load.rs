//! From a run's answers to the tables, and whether all of them arrived.

use super::super::frame::{SCHEMA, Workspace, same};
use super::Item;
use crate::cloud::Replaced;
use crate::warehouse::template::{Statement, render};
use anyhow::Context as _;
use minijinja::context;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The share by which received and loaded records may differ.
const TOLERANCE: f64 = 0.01;

/// A product whose records did not all arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The product.
    pub asin: String,
    /// Its market.
    pub site: String,
    /// Records of the series that were received.
    pub received: u64,
    /// Rows that the table has of those days.
    pub loaded: u64,
}

/// What the tables got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Rows by table.
    pub rows: Vec<(String, u64)>,
    /// Days that were asked for, of all series together.
    pub days_requested: u64,
    /// Records of series that were received.
    pub received: u64,
    /// Products whose received and loaded records differ by more than a hundredth.
    pub mismatches: Vec<Mismatch>,
}

/// The items that have a series already.
pub(super) fn known(workspace: &Workspace) -> anyhow::Result<BTreeSet<Item>> {
    let query =
        Statement::new("known series", "select distinct asin, site from asin.fact_timeseries_raw");
    let item = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        Some(Item { asin: cells.next()?, site: cells.next()? })
    };
    Ok(workspace.rows(&query)?.into_iter().filter_map(item).collect())
}

/// The keywords of each item.
pub(super) fn keywords(workspace: &Workspace) -> anyhow::Result<BTreeMap<Item, Vec<String>>> {
    let query = "select asin, site, keyword from asin.fact_keywords order by all";
    let mut keywords: BTreeMap<Item, Vec<String>> = BTreeMap::new();
    for row in workspace.rows(&Statement::new("known keywords", query))? {
        if let [Some(asin), Some(site), Some(keyword)] = &row[..] {
            let item = Item { asin: asin.clone(), site: site.clone() };
            keywords.entry(item).or_default().push(keyword.clone());
        }
    }
    Ok(keywords)
}

/// The markets that have orders already.
pub(super) fn ordered_from(workspace: &Workspace) -> anyhow::Result<BTreeSet<String>> {
    let query = Statement::new("known orders", "select distinct site from asin.fact_orders");
    Ok(workspace.rows(&query)?.into_iter().flatten().flatten().collect())
}

/// Loads the answers, all of them or none. Days that are there already are replaced; where the service knows a part
/// of them only, the rest stays.
pub(super) fn load(workspace: &Workspace, answers: &Path, partial: bool) -> anyhow::Result<Loaded> {
    let file = answers.to_str().context("The job's folder is no UTF-8 path: rename it")?;
    let parameters = context! { schema => SCHEMA, file, partial };
    let statements = ["answers", "timeseries", "products", "reviews", "keywords", "orders"]
        .map(|name| render(&format!("asin/ingest/{name}.sql"), parameters.clone()));
    let statements = statements.into_iter().collect::<Result<Vec<_>, _>>()?;
    workspace.db().transaction(&statements)?;
    for (table, rows, keys) in [
        ("dim_asin", "arrived_products", vec![]),
        // Days are texts here, and the rest of the text is not looked at.
        ("fact_timeseries_raw", "arrived_timeseries", vec![day()]),
        ("fact_reviews", "arrived_reviews", vec![same("review_id")]),
        ("fact_keywords", "arrived_keywords", vec![same("keyword")]),
        ("fact_orders", "arrived_orders", vec![same("order_id")]),
    ] {
        let keys = [vec![same("asin"), same("site")], keys].concat();
        workspace.has_written(table, rows, || Replaced::Keys(keys))?;
    }
    let rows = workspace.rows(&render("asin/ingest/counts.sql", context! {})?)?;
    let number = |text: &Option<String>| text.as_deref().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut loaded = Loaded::default();
    for row in rows {
        loaded.rows.push((row[0].clone().unwrap_or_default(), number(&row[1])));
    }
    loaded.rows.retain(|(_, rows)| *rows > 0);
    for row in workspace.rows(&render("asin/ingest/arrived.sql", context! { schema => SCHEMA })?)? {
        let (received, there) = (number(&row[3]), number(&row[4]));
        loaded.days_requested += number(&row[2]);
        loaded.received += received;
        if is_mismatch(received, there) {
            let (asin, site) =
                (row[0].clone().unwrap_or_default(), row[1].clone().unwrap_or_default());
            loaded.mismatches.push(Mismatch { asin, site, received, loaded: there });
        }
    }
    Ok(loaded)
}

/// Equal days of two rows of a series.
fn day() -> [String; 2] {
    same("dt").map(|dt| format!("coalesce(left({dt}, 10), '')"))
}

/// Nothing received cannot be missing.
fn is_mismatch(received: u64, loaded: u64) -> bool {
    received > 0 && received.abs_diff(loaded) as f64 / received as f64 > TOLERANCE
}

#[cfg(test)]
mod tests {
    use super::is_mismatch;

    #[test]
    fn a_hundredth_may_be_missing() {
        let pairs = [(100, 99), (100, 98), (100, 102), (0, 5), (3, 0), (3, 3)];
        let mismatches = pairs.map(|(received, loaded)| is_mismatch(received, loaded));
        assert_eq!(mismatches, [false, true, true, false, true, false]);
    }
}
