//! `aim asin evaluate`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::evaluate::{self, Kind, Request};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// What is judged.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArg {
    /// The order in groups
    Ranking,
    /// Probabilities of 1
    Binary,
    /// Numbers
    Regression,
}

/// Which of equal scores goes first.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum TiesArg {
    /// The one with the worse label, so that the order of rows does not matter
    Worst,
    /// The first row
    Order,
}

/// The predictions, and how to judge them.
#[derive(Debug, Args)]
pub(in crate::cli) struct EvaluateArgs {
    /// The predictions
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    predictions: PathBuf,
    /// What is judged
    #[arg(long, value_enum, default_value = "ranking")]
    kind: KindArg,
    /// The column of groups, of rankings
    #[arg(long, value_name = "COLUMN", default_value = "group_id")]
    group_col: String,
    /// The column of predictions
    #[arg(long, value_name = "COLUMN", default_value = "lgbm_score")]
    score_col: String,
    /// The column of what came
    #[arg(long, value_name = "COLUMN", default_value = "label")]
    label_col: String,
    /// Another column of predictions to compare a ranking with
    #[arg(long, value_name = "COLUMN")]
    baseline_col: Option<String>,
    /// The places that count, of rankings
    #[arg(long, value_name = "K", num_args = 1.., value_delimiter = ',', default_values_t = [10, 20])]
    k: Vec<u32>,
    /// Rows of this part of the samples only
    #[arg(long, value_name = "PART")]
    split: Option<String>,
    /// Which of equal scores goes first
    #[arg(long, value_enum, default_value = "worst")]
    ties: TiesArg,
    /// From where on a probability counts as 1
    #[arg(long, value_name = "P", default_value = "0.5")]
    threshold: f64,
    /// Write the metrics into this JSON file, too
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Computes the metrics and prints them as JSON.
pub(super) fn run(args: &EvaluateArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let job = args.common.job(environment, true)?;
    let request = Request {
        predictions: args.predictions.clone(),
        kind: match args.kind {
            KindArg::Ranking => Kind::Ranking,
            KindArg::Binary => Kind::Binary,
            KindArg::Regression => Kind::Regression,
        },
        group: args.group_col.clone(),
        score: args.score_col.clone(),
        label: args.label_col.clone(),
        baseline: args.baseline_col.clone(),
        ks: args.k.clone(),
        split: args.split.clone(),
        worst_first: args.ties == TiesArg::Worst,
        threshold: args.threshold,
        output: args.output.clone(),
    };
    println!("{}", evaluate::run(&job, &request)?);
    Ok(ExitCode::SUCCESS)
}
