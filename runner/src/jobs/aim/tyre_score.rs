//! Stage 3: the tyre score table.

use super::{Choices, tables};
use crate::context::Context;
use crate::warehouse::template::render;
use jiff::{ToSpan as _, civil::Date};
use minijinja::context;

/// Calendar months of click-stream that count.
const WINDOW_MONTHS: i32 = 3;

/// Computes the table anew.
pub(super) fn run(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(
        context,
        &[tables::tyrescore("TyreScore"), tables::tyrescore("CarMakeModelSales")],
    )?;
    let (first, last) = click_days(context.clock.today_utc())?;
    let days = click_stream_days(context, first, last)?;
    let statement = render(
        "aim/tyre_score.sql",
        context! {
            analytics => &*context.config.analytics_dataset,
            days,
            rate_cap => context.config.clickstream_rate_cap,
            choices => Choices::of(context.config.compat),
        },
    )?;
    context.execute(&[statement])
}

/// The first and the last day of click-stream that the scores of a day need.
pub(super) fn click_days(today: Date) -> anyhow::Result<(Date, Date)> {
    Ok((today.checked_sub(WINDOW_MONTHS.months())?, today))
}

/// The daily click-stream tables from `first` to `last`, both included. Intraday tables are none.
pub(super) fn click_stream_days(
    context: &Context<'_>,
    first: Date,
    last: Date,
) -> anyhow::Result<Vec<String>> {
    const PREFIX: &str = "events_";
    let dataset = &context.config.analytics_dataset;
    let day = |date: Date| format!("{PREFIX}{}", date.strftime("%Y%m%d"));
    let (first, last) = (day(first), day(last));
    let mut days: Vec<String> =
        context.warehouse.tables(dataset, PREFIX)?.into_iter().map(|name| name.table).collect();
    days.retain(|name| name.len() == first.len() && (&first..=&last).contains(&name));
    if days.is_empty() {
        tracing::warn!("No click-stream table {dataset}.{first} to {last}: views count as none");
    }
    Ok(days)
}
