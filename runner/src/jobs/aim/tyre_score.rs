//! Stage 3: the tyre score table.

use super::{Choices, tables};
use crate::context::Context;
use crate::warehouse::TableName;
use crate::warehouse::template::{Dialect, Statement, render_for};
use jiff::{ToSpan as _, civil::Date};
use minijinja::{Value, context};

/// Calendar months of click-stream that count.
const WINDOW_MONTHS: i32 = 3;

/// What the names of the click-stream's tables begin with; the day follows.
const PREFIX: &str = "events_";

/// What the statement depends on.
#[derive(Debug, Clone)]
pub struct Parameters {
    /// The table of tyres, as SQL has it.
    pub tyres: String,
    /// The table of sales, as SQL has it.
    pub sales: String,
    /// The dataset of the click-stream.
    pub analytics: String,
    /// The click-stream's tables that count.
    pub days: Vec<String>,
    /// Upper bound of the click-stream rate in percent.
    pub rate_cap: Option<f64>,
    /// Whose results the table has.
    pub choices: Choices,
}

/// Computes the table anew.
pub(super) fn run(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(context, &inputs())?;
    let (first, last) = click_days(context.clock.today_utc())?;
    let days = click_stream_days(context, first, last)?;
    let [tyres, sales] = inputs().map(|table| Dialect::DuckDb.table(&table.dataset, &table.table));
    let parameters = Parameters::new(context, tyres, sales, days);
    context.execute(&[statement(Dialect::DuckDb, &parameters)?])
}

/// What stage 1 has written for this one: tyres and sales.
pub(super) fn inputs() -> [TableName; 2] {
    ["TyreScore", "CarMakeModelSales"].map(tables::tyrescore)
}

impl Parameters {
    pub(super) fn new(
        context: &Context<'_>,
        tyres: String,
        sales: String,
        days: Vec<String>,
    ) -> Self {
        let config = &context.config;
        Self {
            tyres,
            sales,
            analytics: config.analytics_dataset.to_string(),
            days,
            rate_cap: config.clickstream_rate_cap,
            choices: Choices::of(config.compat),
        }
    }

    fn context(&self) -> Value {
        let Self { tyres, sales, analytics, days, rate_cap, choices } = self;
        let sql = |text: &String| Value::from_safe_string(text.clone());
        let (tyres, sales) = (sql(tyres), sql(sales));
        context! { tyres, sales, analytics, days, rate_cap, choices => *choices }
    }
}

/// The statement that makes the table anew.
///
/// # Errors
///
/// When a parameter cannot be rendered.
pub fn statement(dialect: Dialect, parameters: &Parameters) -> anyhow::Result<Statement> {
    render_for(dialect, "aim/tyre_score.sql", parameters.context())
}

/// The query alone.
pub(super) fn rows(dialect: Dialect, parameters: &Parameters) -> anyhow::Result<Statement> {
    render_for(dialect, "aim/tyre_score_rows.sql", parameters.context())
}

/// The first and the last day of click-stream that the scores of a day need.
///
/// # Errors
///
/// When there are no such days in the calendar.
pub fn click_days(today: Date) -> anyhow::Result<(Date, Date)> {
    Ok((today.checked_sub(WINDOW_MONTHS.months())?, today))
}

/// The daily click-stream tables from `first` to `last`, both included. Intraday tables are none.
pub(super) fn click_stream_days(
    context: &Context<'_>,
    first: Date,
    last: Date,
) -> anyhow::Result<Vec<String>> {
    let dataset = &context.config.analytics_dataset;
    let names = context.warehouse.tables(dataset, PREFIX)?.into_iter().map(|name| name.table);
    Ok(days_of(dataset, names, first, last))
}

/// Those of a dataset's tables that are the click-stream of these days.
pub(super) fn days_of(
    dataset: &str,
    names: impl Iterator<Item = String>,
    first: Date,
    last: Date,
) -> Vec<String> {
    let day = |date: Date| format!("{PREFIX}{}", date.strftime("%Y%m%d"));
    let (first, last) = (day(first), day(last));
    let is_wanted = |name: &String| name.len() == first.len() && (&first..=&last).contains(&name);
    let days: Vec<String> = names.filter(is_wanted).collect();
    if days.is_empty() {
        tracing::warn!("No click-stream table {dataset}.{first} to {last}: views count as none");
    }
    days
}
