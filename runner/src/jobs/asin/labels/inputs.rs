//! What labels are made of, and whether it can be used.

use super::super::Choices;
use super::super::frame::{Source, Workspace};
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

const KEY: [&str; 3] = ["asin", "site", "dt"];

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

/// Columns that are texts and hold nothing but numbers, as those of CSV files do; keys are none of them.
pub(in super::super) fn numeric_texts(
    workspace: &Workspace,
    source: &Source,
) -> anyhow::Result<Vec<String>> {
    let texts: Vec<String> = source
        .columns()
        .filter(|(name, kind)| *kind == "VARCHAR" && !KEY.contains(&&*name.to_lowercase()))
        .map(|(name, _)| name.to_owned())
        .collect();
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let query = render("asin/numeric_texts.sql", context! { source, columns => texts })?;
    Ok(workspace.db().rows(&query)?.into_iter().flatten().flatten().collect())
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

/// Refuses texts that are no number, date or flag, with the row of the first.
pub(in super::super) fn check_cells(
    workspace: &Workspace,
    source: &Source,
    numbers: &[&str],
    dates: &[&str],
    flags: &[&str],
) -> anyhow::Result<()> {
    let texts = |columns: &[&str]| -> Vec<String> {
        let is_text = |column: &&&str| source.kind(column) == Some("VARCHAR");
        columns.iter().filter(is_text).map(|column| (*column).to_owned()).collect()
    };
    let (numbers, dates, flags) = (texts(numbers), texts(dates), texts(flags));
    if numbers.is_empty() && dates.is_empty() && flags.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = KEY.into_iter().filter(|key| source.has(key)).collect();
    let query = render("asin/bad_cells.sql", context! { source, numbers, dates, flags, keys })?;
    for row in workspace.db().rows(&query)? {
        if let [Some(column), Some(wanted), Some(count), Some(value), Some(key)] = &row[..] {
            // Rows without a key have no name.
            let row = if key.is_empty() { "a row".to_owned() } else { format!("row {key}") };
            bail!(
                "{}: {column} of {row} is '{value}', which is no {wanted} ({count} such rows); correct \
                 or remove them",
                source.name()
            );
        }
    }
    Ok(())
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
