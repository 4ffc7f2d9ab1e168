//! When the report of a week is due, and whether it is done.

use super::super::Asin;
use super::super::settings::{self, Weekday};
use crate::store::{LocalStore, ObjectStore as _};
use anyhow::Context as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const FILE: &str = "reports/state.json";

/// What became of the reports, by their day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State(BTreeMap<Date, Week>);

/// What became of one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Week {
    /// Written, and sent to whoever gets it.
    pub(super) done: bool,
    /// Who got it.
    pub(super) told: BTreeSet<String>,
}

impl State {
    /// What was remembered.
    ///
    /// # Errors
    ///
    /// A file that is there and cannot be read.
    pub(super) fn load(store: &LocalStore) -> anyhow::Result<Self> {
        let path = store.resolve(FILE)?;
        if !path.is_file() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&fs::read(&path)?)
            .with_context(|| format!("{} is damaged: remove it", path.display()))
    }

    pub(super) fn week(&mut self, day: Date) -> &mut Week {
        self.0.entry(day).or_default()
    }

    pub(super) fn save(&self, store: &LocalStore) -> anyhow::Result<()> {
        store.write(FILE, &serde_json::to_vec_pretty(self)?)
    }
}

/// The day of the report that is due now, if there is one: from the configured time on until it is done (D-REP-1: on
/// its weekday only, so that a day that was missed was never caught up).
///
/// # Errors
///
/// When it cannot be read what was done.
pub fn due(job: &Asin) -> anyhow::Result<Option<Date>> {
    let now = job.clock.now();
    let mut state = State::load(&job.store)?;
    let day = last_due(now, &job.settings.report);
    let is_late = day != TimeZone::UTC.to_datetime(now).date();
    let is_due = job.choices.reports_are_due_until_done || !is_late;
    Ok((is_due && !state.week(day).done).then_some(day))
}

/// The last configured weekday whose time is over.
fn last_due(now: Timestamp, report: &settings::Report) -> Date {
    let now = TimeZone::UTC.to_datetime(now);
    let weekday = match report.weekday {
        Weekday::Monday => jiff::civil::Weekday::Monday,
        Weekday::Tuesday => jiff::civil::Weekday::Tuesday,
        Weekday::Wednesday => jiff::civil::Weekday::Wednesday,
        Weekday::Thursday => jiff::civil::Weekday::Thursday,
        Weekday::Friday => jiff::civil::Weekday::Friday,
        Weekday::Saturday => jiff::civil::Weekday::Saturday,
        Weekday::Sunday => jiff::civil::Weekday::Sunday,
    };
    let ago = i32::from(weekday.until(now.date().weekday()));
    let day = now.date().saturating_sub(ago.days());
    if day.to_datetime(report.time) > now { day.saturating_sub(7.days()) } else { day }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_when_its_report_is_due() {
        let at = |time: &str, weekday, hour| {
            let report = settings::Report {
                weekday,
                time: jiff::civil::time(hour, 0, 0, 0),
                to: Vec::new(),
            };
            last_due(time.parse().expect("a time"), &report).to_string()
        };
        let monday = Weekday::Monday;
        assert_eq!(at("2024-03-10T23:59:59Z", monday, 0), "2024-03-04");
        assert_eq!(at("2024-03-11T00:00:00Z", monday, 0), "2024-03-11");
        assert_eq!(at("2024-03-11T04:59:59Z", monday, 5), "2024-03-04");
        assert_eq!(at("2024-03-11T05:00:00Z", monday, 5), "2024-03-11");
        assert_eq!(at("2024-03-12T00:00:00Z", monday, 5), "2024-03-11");
        assert_eq!(at("2024-03-10T12:00:00Z", Weekday::Sunday, 12), "2024-03-10");
    }
}
