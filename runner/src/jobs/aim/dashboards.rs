//! Stages 5 to 9: the dashboards' tables. A second run on one day replaces the first one's rows.

use super::tables;
use super::tyre_score::click_stream_days;
use crate::context::Context;
use crate::warehouse::TableName;
use crate::warehouse::template::render;
use jiff::ToSpan as _;
use minijinja::context;

/// Days the merchandising report covers, the last one being yesterday.
const REPORT_DAYS: i32 = 21;

/// Days before the report's first that purchases are looked for views in.
const ATTRIBUTION_DAYS: i32 = 90;

/// Days with figures known to be wrong: the report has none for them.
const BAD_DAYS: (&str, &str) = ("2025-10-27", "2025-11-09");

/// Days until a size file row is to be looked at again.
const REVIEW_DAYS: i32 = 30;

/// Stage 6.
pub(super) fn analysis_table(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(context, &[tables::aim_data()])?;
    let TableName { dataset, table } = tables::aim_data();
    let parameters = context! {
        today => today(context)?, run_id => &*context.run_id, dataset, name => table,
    };
    context.execute(&[render("aim/analysis_table.sql", parameters)?])
}

/// Stage 7.
pub(super) fn override_file(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(context, &[tables::aim_data()])?;
    let TableName { dataset, table } = tables::aim_data();
    let parameters = context! { today => today(context)?, dataset, name => table };
    context.execute(&[render("aim/override_file.sql", parameters)?])
}

/// Stage 5.
pub(super) fn size_file(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(context, &[tables::aim("AIM-override-file")])?;
    let review = context.clock.today_london()?.checked_add(REVIEW_DAYS.days())?;
    let parameters = context! { today => today(context)?, review => review.to_string() };
    context.execute(&[render("aim/size_file.sql", parameters)?])
}

/// Stage 8.
pub(super) fn token_fact(context: &mut Context<'_>) -> anyhow::Result<()> {
    tables::require(context, &[tables::aim_data()])?;
    let TableName { dataset, table } = tables::aim_data();
    let parameters = context! { today => today(context)?, dataset, name => table };
    context.execute(&[render("aim/token_fact.sql", parameters)?])
}

/// Stage 9.
pub(super) fn merchandising_report(context: &mut Context<'_>) -> anyhow::Result<()> {
    let today = context.clock.today_london()?;
    let end = today.checked_sub(1.days())?;
    let start = today.checked_sub(REPORT_DAYS.days())?;
    let days = click_stream_days(context, start.checked_sub(ATTRIBUTION_DAYS.days())?, end)?;
    let parameters = context! {
        start => start.to_string(),
        end => end.to_string(),
        bad_start => BAD_DAYS.0,
        bad_end => BAD_DAYS.1,
        analytics => &*context.config.analytics_dataset,
        days,
    };
    context.execute(&[render("aim/merchandising_report.sql", parameters)?])
}

fn today(context: &Context<'_>) -> anyhow::Result<String> {
    Ok(context.clock.today_london()?.to_string())
}
