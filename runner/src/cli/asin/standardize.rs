//! `aim asin standardize`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::standardize;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Raw rows to read, the mart to write.
#[derive(Debug, Args)]
pub(in crate::cli) struct StandardizeArgs {
    /// Read these Parquet or CSV files, one after the other, instead of what was ingested
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    /// Write this Parquet or CSV file instead of the job's mart
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the quality report to this file [default: output/quality_report_DAY.json of the job; none with --output]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Makes the mart and says what was found.
pub(super) fn run(args: &StandardizeArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let StandardizeArgs { input, output, report, common } = args;
    let files = !input.is_empty() && output.is_some();
    let reads = ["dim_asin", "fact_timeseries_raw"];
    let quality = common.work(environment, files, &reads, |job| {
        standardize::run(job, input, output.as_deref(), report.as_deref())
    })?;
    println!("{} of {} rows are in the mart", quality.rows_out, quality.total.rows_in);
    for (count, what) in [
        (quality.duplicates_dropped, "replaced by a newer row of the same product and day"),
        (quality.total.unusable, "left out, without product, site or day"),
        (quality.total.null_ingested_at, "without a time of ingestion"),
        (quality.total.invalid_price, "with an invalid price"),
        (quality.total.invalid_bsr, "with an invalid rank"),
        (quality.total.invalid_rating, "with an invalid rating"),
    ] {
        if count > 0 {
            println!("  {count:>8}  {what}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
