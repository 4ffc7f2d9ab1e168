//! `aim sample`.

use crate::sample::{self, Options};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Where the sample goes and how large it is.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder to write into; becomes the local root of a run
    #[arg(long)]
    out: PathBuf,
    /// 1 is about 1,500 products and 60,000 event items; the size grows in proportion
    #[arg(long, default_value_t = 1)]
    scale: u32,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Last day of the click-stream, as YYYY-MM-DD [default: today in UTC]
    #[arg(long)]
    date: Option<Date>,
    /// Rows of the runlist [default: 1,000 times the scale]
    #[arg(long, value_name = "N")]
    cams: Option<u64>,
}

/// Writes the sample.
pub fn run(args: &SampleArgs) -> anyhow::Result<()> {
    let date =
        args.date.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).datetime().date());
    let options = Options { scale: args.scale, seed: args.seed, date, cams: args.cams };
    println!("{}", sample::write(&args.out, &options)?);
    Ok(())
}
