//! Sample input for a local run: as large as wanted, shaped like the real files, and the same on
//! every machine for one scale, seed and date.
//!
//! [`Market`] is the world all files are drawn from; one module writes each file. Nothing here knows
//! what a run makes of the files.

mod clicks;
mod config;
mod csv;
mod market;
mod products;
mod random;
mod reference;
mod runlist;
mod sales;
mod sizes;
mod staged;
mod summary;
mod tables;
mod vehicles;

pub use summary::{File, Summary};

use anyhow::ensure;
use jiff::civil::Date;
use market::Market;
use std::path::Path;

/// The largest scale: 1.5 million products and 60 million event items.
pub const MAX_SCALE: u32 = 1000;

/// What a sample is made from. Equal options give equal files.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// 1 is about 1,500 products, 12,000 sales rows and 60,000 event items; up to [`MAX_SCALE`].
    pub scale: u32,
    /// Any number; another one gives another sample.
    pub seed: u64,
    /// The last day of the click-stream, and the "now" of the previous results.
    pub date: Date,
    /// Rows of the runlist; 1,000 times the scale unless told. Beyond that, vehicles are also asked for
    /// in sizes that are never sold for them.
    pub cams: Option<u64>,
}

/// Writes a local root: source files, runlist, overrides and reference tables below `out`.
///
/// Each file appears whole or not at all and replaces an older one; other files stay as they are.
///
/// # Errors
///
/// If the scale, the date or the number of CAMs is out of range, if `out` is a file, or if a file cannot be written.
pub fn write(out: &Path, options: &Options) -> anyhow::Result<Summary> {
    let Options { scale, seed, date, cams } = *options;
    ensure!(
        (1..=MAX_SCALE).contains(&scale),
        "The scale is {scale}: give a whole number from 1 to {MAX_SCALE} with --scale"
    );
    ensure!(
        (1970..=9998).contains(&date.year()),
        "The date is {date}: give one from the years 1970 to 9998 with --date"
    );
    ensure!(
        !out.exists() || out.is_dir(),
        "Cannot write the sample to {}: it is a file; name a folder with --out",
        out.display()
    );

    let market = Market::new(scale, seed);
    let mut summary = Summary::new(out);

    let cams = cams.unwrap_or(runlist::count(scale));
    let path = out.join("runlist/priority_runlist_current.csv");
    summary.add(&path, runlist::write(&path, &market, cams, seed)?);
    let path = out.join("config/aim-config.json");
    config::write(&path, cams)?;
    summary.add(&path, 0);
    let path = out.join("tyrescore-AWS3-daily-files/CarMakeModelSales.csv");
    summary.add(&path, sales::write(&path, &market, scale, seed)?);
    let path = out.join("tyrescore-AWS3-daily-files/TyreScore.csv");
    summary.add(&path, products::write(&path, &market.range)?);
    for (path, rows) in reference::write(&out.join("reference"), &market, seed, date)? {
        summary.add(&path, rows);
    }
    let clicks = clicks::write(&out.join("reference/analytics"), &market, scale, seed, date)?;
    summary.event_items = clicks.items;
    for (path, rows) in clicks.days {
        summary.add(&path, rows);
    }
    Ok(summary)
}
