//! What labels are made of, and whether it can be used.

use super::super::Choices;
use super::super::frame::{KEY, Source, Workspace, check_cells};
use crate::warehouse::template::render;
use anyhow::bail;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::path::PathBuf;

/// Files to read; a table of the job for each that is absent, where there is one.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The daily mart.
    pub mart: Option<PathBuf>,
    /// The features.
    pub features: Option<PathBuf>,
    /// Orders: `ordered_units` of a product on a `dt` or `order_date`.
    pub orders: Option<PathBuf>,
    /// Advertising; it must be readable, and no label depends on it.
    pub ads: Option<PathBuf>,
    /// Products, for their categories.
    pub dim: Option<PathBuf>,
}

impl Inputs {
    /// Whether the job's tables are not needed.
    pub(super) fn only_files(&self) -> bool {
        self.mart.is_some() && self.features.is_some()
    }
}

/// Where the categories are.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Category {
    /// `mart`, `dim`, or none.
    source: Option<&'static str>,
    column: Option<&'static str>,
    /// Whether it is a path of names, root first.
    list: bool,
}

impl From<&Category> for Value {
    fn from(category: &Category) -> Self {
        Serde(category.clone()).into()
    }
}

/// The inputs, open.
pub(super) struct Sources {
    pub(super) mart: Source,
    pub(super) features: Source,
    pub(super) orders: Option<Source>,
    pub(super) dim: Option<Source>,
    pub(super) category: Category,
    /// The column of the mart that has the sales, or `orders`.
    pub(super) sales: Option<&'static str>,
    pub(super) order_date: Option<&'static str>,
}

impl Sources {
    pub(super) fn open(
        workspace: &Workspace,
        inputs: &Inputs,
        choices: &Choices,
    ) -> anyhow::Result<Self> {
        let mart = workspace.source(inputs.mart.as_deref(), "mart_timeseries_daily")?;
        let features = workspace.source(inputs.features.as_deref(), "features_daily")?;
        let open = |file: &Option<PathBuf>| {
            file.as_deref().map(|file| workspace.source(Some(file), "")).transpose()
        };
        let orders = open(&inputs.orders)?;
        let ads = open(&inputs.ads)?;
        let dim = match &inputs.dim {
            None if !inputs.only_files() => Some(workspace.source(None, "dim_asin")?),
            file => open(file)?,
        };
        mart.require(&KEY)?;
        features.require(&KEY)?;
        if let Some(ads) = &ads {
            ads.require(&["asin", "site"])?;
        }
        let order_date = match &orders {
            Some(orders) => {
                let date = if orders.has("dt") { "dt" } else { "order_date" };
                orders.require(&["asin", "site", "ordered_units", date])?;
                Some(date)
            }
            None => None,
        };
        let category = category(&mart, dim.as_ref());
        if let (Some("dim"), Some(dim)) = (category.source, &dim) {
            dim.require(&["asin", "site"])?;
            check_keys(workspace, dim, &["asin", "site"])?;
        }
        let sales = sales(&mart, orders.is_some(), choices);
        let numbers =
            ["price", "bsr"].into_iter().chain(sales.filter(|column| *column != "orders"));
        check_cells(workspace, &mart, &numbers.collect::<Vec<_>>(), &["dt"], &[])?;
        check_cells(workspace, &features, &[], &["dt"], &[])?;
        check_keys(workspace, &features, &KEY)?;
        if let (Some(orders), Some(date)) = (&orders, order_date) {
            check_cells(workspace, orders, &["ordered_units"], &[date], &[])?;
        }
        Ok(Self { mart, features, orders, dim, category, sales, order_date })
    }
}

/// The first column that has it, of the mart before that of the products.
fn category(mart: &Source, dim: Option<&Source>) -> Category {
    let of = |name: &'static str, source: Option<&Source>| {
        let source = source?;
        let column = ["category_id", "category", "category_path"];
        let column = column.into_iter().find(|column| source.has(column))?;
        let list = source.kind(column).is_some_and(|kind| kind.ends_with("[]"));
        Some(Category { source: Some(name), column: Some(column), list })
    };
    of("mart", Some(mart)).or_else(|| of("dim", dim)).unwrap_or(Category {
        source: None,
        column: None,
        list: false,
    })
}

fn sales(mart: &Source, orders: bool, choices: &Choices) -> Option<&'static str> {
    let in_mart = |column: &'static str| mart.has(column).then_some(column);
    match (orders, choices.orders_replace_sales) {
        (true, true) => Some("orders"),
        // Two columns of one name were none.
        (true, false) if mart.has("sales") => in_mart("est_sales"),
        (true, false) => Some("orders"),
        (false, _) => in_mart("sales").or_else(|| in_mart("est_sales")),
    }
}

/// Refuses rows that have the same key.
fn check_keys(workspace: &Workspace, source: &Source, keys: &[&'static str]) -> anyhow::Result<()> {
    let query = render("asin/duplicate_key.sql", context! { source, keys => keys.to_vec() })?;
    if let Some([Some(key), Some(count)]) = workspace.db().rows(&query)?.first().map(|row| &row[..])
    {
        bail!(
            "{} has several rows of one {} ({count} of them, the first is {key}); keep one of each",
            source.name(),
            keys.join(", ")
        );
    }
    Ok(())
}
