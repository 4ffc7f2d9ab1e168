//! `aim asin labels`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::labels::{self, Inputs, Outputs, Summary};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// The files to read; each that is not named is a table of the job, if there is one.
#[derive(Debug, Args)]
pub(in crate::cli) struct LabelsArgs {
    /// The daily mart
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    mart: Option<PathBuf>,
    /// The features
    #[arg(long, value_name = "FILE")]
    features: Option<PathBuf>,
    /// Orders, whose units are the sales: ordered_units by asin, site and dt or order_date
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// Advertising by asin and site; no label depends on it
    #[arg(long, value_name = "FILE")]
    ads: Option<PathBuf>,
    /// Products, for their categories where the mart has none
    #[arg(long, value_name = "FILE")]
    dim: Option<PathBuf>,
    /// Write train_samples_bin, _rank and _reg.parquet into this folder instead of the job's tables
    #[arg(long, visible_alias = "output", value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Write what the labels are made of, too: sales and ranks before and after each day
    #[arg(long, value_name = "FILE")]
    windows: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Labels and says what came out.
pub(super) fn run(args: &LabelsArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let files = args.mart.is_some() && args.features.is_some() && args.output_dir.is_some();
    let inputs = Inputs {
        mart: args.mart.clone(),
        features: args.features.clone(),
        orders: args.orders.clone(),
        ads: args.ads.clone(),
        dim: args.dim.clone(),
    };
    let outputs = Outputs { folder: args.output_dir.clone(), windows: args.windows.clone() };
    let reads = ["mart_timeseries_daily", "features_daily", "dim_asin"];
    print(
        &args.common.work(environment, files, &reads, |job| labels::run(job, &inputs, &outputs))?,
    );
    Ok(ExitCode::SUCCESS)
}

fn print(summary: &Summary) {
    println!(
        "{} samples of {} days, {} of which have sales",
        summary.samples, summary.days, summary.days_with_sales
    );
    for part in &summary.parts {
        println!(
            "  {:<5} {} to {}: {} samples of {} products in {} groups, {} positive, {} purged",
            part.split,
            part.first_day,
            part.last_day,
            part.rows,
            part.products,
            part.groups,
            part.positive,
            part.purged
        );
        if part.without_features > 0 || part.without_category > 0 {
            println!(
                "        {} without features, {} without category",
                part.without_features, part.without_category
            );
        }
    }
    if summary.without_key > 0 {
        println!("{} rows of the mart have no asin, site or dt", summary.without_key);
    }
    for (column, count) in summary.not_finite.iter().filter(|(_, count)| *count > 0) {
        println!("{count} cells of {column} are infinite or no number: taken as missing");
    }
}
