//! The click-stream: one file of nested events for each day.

mod days;
mod journeys;
mod visits;

use super::market::Market;
use super::random::{Draw, Stream};
use super::tables::Tables;
use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::path::{Path, PathBuf};
use visits::Visits;

/// Days of click-stream, the last included: as far as any report looks back, and a little more.
const DAYS: i32 = 115;

/// What was written.
pub(super) struct Written {
    /// Every file with its number of events, the oldest first.
    pub(super) days: Vec<(PathBuf, u64)>,
    /// Items of all events.
    pub(super) items: u64,
}

/// How many event items a sample of this scale has, give or take a visit.
pub(super) fn count(scale: u32) -> u64 {
    60_000 * u64::from(scale)
}

/// Writes the days up to `date` into `folder`.
pub(super) fn write(
    folder: &Path,
    market: &Market,
    scale: u32,
    seed: u64,
    date: Date,
) -> anyhow::Result<Written> {
    let days: Vec<Date> = (0..DAYS)
        .rev()
        .map(|ago| date.checked_sub(ago.days()))
        .collect::<Result<_, _>>()
        .with_context(|| format!("There are no {DAYS} days before {date}: give another --date"))?;
    let busy: Vec<u64> = days.iter().map(|day| visitors(day.weekday())).collect();
    let all: u64 = busy.iter().sum();

    let tables = Tables::open()?;
    let mut visits = Visits::new(market, scale, Draw::new(seed, Stream::Clicks));
    let mut written = Written { days: Vec::with_capacity(days.len()), items: 0 };
    let mut reached = 0;
    for (day, busy) in days.into_iter().zip(busy) {
        reached += busy;
        // Aiming at the sum up to this day keeps the overshoot of single visits from adding up.
        let wanted = (count(scale) * reached / all).saturating_sub(written.items);
        let events = visits.on(day, wanted)?;
        let path = folder.join(format!("events_{}.parquet", day.strftime("%Y%m%d")));
        written.items += events.iter().map(|event| event.items.len() as u64).sum::<u64>();
        let rows = days::write(&tables, &path, day, &events)?;
        written.days.push((path, rows));
    }
    Ok(written)
}

/// How many come on such a day, beside the others.
fn visitors(weekday: Weekday) -> u64 {
    match weekday {
        Weekday::Monday => 16,
        Weekday::Saturday => 13,
        Weekday::Sunday => 11,
        _ => 15,
    }
}
