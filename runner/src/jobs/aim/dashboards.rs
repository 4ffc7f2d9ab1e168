//! Stages 5 to 9: the dashboards' tables.

use super::tyre_score::click_stream_days;
use super::{Choices, Stage, tables};
use crate::context::Context;
use crate::warehouse::TableName;
use crate::warehouse::template::{Dialect, Statement, render_for};
use anyhow::bail;
use jiff::ToSpan as _;
use jiff::civil::Date;
use minijinja::context;

/// Days the merchandising report covers, the last one being yesterday.
const REPORT_DAYS: i32 = 21;

/// Days before the report's first that purchases are looked for views in.
const ATTRIBUTION_DAYS: i32 = 90;

/// Days with figures known to be wrong: the report has none for them.
const BAD_DAYS: (&str, &str) = ("2025-10-27", "2025-11-09");

/// Days until a size file row is to be looked at again.
const REVIEW_DAYS: i32 = 30;

/// What the statements are made of.
#[derive(Debug, Clone)]
pub struct Parameters {
    /// The run's day, in London.
    pub today: Date,
    /// Names what is kept aside.
    pub run_id: String,
    /// Dataset of the click-stream.
    pub analytics: String,
    /// Its daily tables in [`click_days`], in order; read by stage 9 only.
    pub days: Vec<String>,
    /// What the run does where the replaced job was wrong.
    pub choices: Choices,
}

/// The statement of a stage, which has to find the tables it reads.
///
/// # Errors
///
/// When the stage is not one of 5 to 9.
pub fn statement(
    dialect: Dialect,
    stage: Stage,
    parameters: &Parameters,
) -> anyhow::Result<Statement> {
    let template = match stage {
        Stage::Validation => "aim/size_file.sql",
        Stage::CoreTables => "aim/analysis_table.sql",
        Stage::DashboardTables => "aim/override_file.sql",
        Stage::OutputCore => "aim/token_fact.sql",
        Stage::DashboardOutput => "aim/merchandising_report.sql",
        _ => bail!("{} writes no dashboard's table", stage.name()),
    };
    let Parameters { today, run_id, analytics, days, choices } = parameters;
    let TableName { dataset, table } = tables::aim_data();
    let (start, end) = report_days(*today)?;
    let parameters = context! {
        today => today.to_string(),
        review => today.checked_add(REVIEW_DAYS.days())?.to_string(),
        start => start.to_string(),
        end => end.to_string(),
        bad_start => BAD_DAYS.0,
        bad_end => BAD_DAYS.1,
        dataset,
        name => table,
        run_id,
        analytics,
        days,
        choices => *choices,
    };
    render_for(dialect, template, parameters)
}

/// The first and the last day of click-stream that the merchandising report of a day needs.
///
/// # Errors
///
/// When the calendar ends.
pub fn click_days(today: Date) -> anyhow::Result<(Date, Date)> {
    let (start, end) = report_days(today)?;
    Ok((start.checked_sub(ATTRIBUTION_DAYS.days())?, end))
}

fn report_days(today: Date) -> anyhow::Result<(Date, Date)> {
    Ok((today.checked_sub(REPORT_DAYS.days())?, today.checked_sub(1.days())?))
}

/// Runs one of the stages.
pub(super) fn run(context: &mut Context<'_>, stage: Stage) -> anyhow::Result<()> {
    let choices = Choices::of(context.config.compat);
    match stage {
        Stage::DashboardOutput => {}
        Stage::Validation if choices.size_file_last => {
            tables::require(context, &[tables::aim("AIM-override-file")])?;
        }
        Stage::Validation => {}
        _ => tables::require(context, &[tables::aim_data()])?,
    }
    let today = context.clock.today_london()?;
    let days = match stage {
        Stage::DashboardOutput => {
            let (first, last) = click_days(today)?;
            click_stream_days(context, first, last)?
        }
        _ => Vec::new(),
    };
    let parameters = Parameters {
        today,
        run_id: context.run_id.clone(),
        analytics: context.config.analytics_dataset.clone(),
        days,
        choices,
    };
    context.execute(&[statement(Dialect::DuckDb, stage, &parameters)?])
}
