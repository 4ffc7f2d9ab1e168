//! `aim asin candidates`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::candidates::{self, Candidates, Request};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Scores to read, candidates to write.
#[derive(Debug, Args)]
pub(in crate::cli) struct CandidatesArgs {
    /// Ranks up to this one, in each category [default: scoring.rank_min]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
    /// Read scores from this Parquet or CSV file instead of the job's table
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// With --input: read titles, brands and categories of products from this file
    #[arg(long, value_name = "FILE", requires = "input")]
    dim: Option<PathBuf>,
    /// With --input: read ranks, prices and reviews from this mart
    #[arg(long, value_name = "FILE", requires = "input")]
    mart: Option<PathBuf>,
    /// Write this file [default: exports/top_candidates_YYYYMMDD.csv of the job]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Writes the candidates and shows the best.
pub(super) fn run(args: &CandidatesArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let CandidatesArgs { top, input, dim, mart, output, common } = args;
    let reads = ["score_baseline_daily", "dim_asin", "mart_timeseries_daily"];
    let candidates = common.work(environment, input.is_some(), &reads, |job| {
        let request = Request {
            input: input.clone(),
            products: dim.clone(),
            mart: mart.clone(),
            output: output.clone(),
            top: top.unwrap_or(job.settings.scoring.rank_min),
        };
        candidates::run(job, &request)
    })?;
    print(&candidates);
    Ok(ExitCode::SUCCESS)
}

/// Shows the best, and says where the others are.
pub(super) fn print(candidates: &Candidates) {
    let heads = ["ASIN", "SITE", "CATEGORY", "SCORE", "RANK", "TITLE"].map(str::to_owned);
    for [asin, site, category, score, rank, title] in
        std::iter::once(&heads).chain(&candidates.best)
    {
        println!("  {asin:<12} {site:<5} {category:<20} {score:>8} {rank:>5}  {title}");
    }
    println!("{} candidates in {}", candidates.rows, candidates.place);
}
