//! `aim asin predict`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::predict::{self, Request};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to predict, with which model.
#[derive(Debug, Args)]
pub(in crate::cli) struct PredictArgs {
    /// The model [default: the registry's scoring.model_name in production, else scoring.model_path of the settings]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Rows with features, or samples [default: the features of the day]
    #[arg(long, visible_alias = "input", value_name = "FILE")]
    features: Option<PathBuf>,
    /// Write this Parquet or CSV file instead of the job's table
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The column of groups; made of site and category where it is missing
    #[arg(long, value_name = "COLUMN", default_value = "group_id")]
    group_col: String,
    /// Make the groups of these columns, and add the column rank_in_cat [default: scoring.group_by_columns]
    #[arg(long, value_name = "COLUMN", num_args = 0.., value_delimiter = ',')]
    group_by: Option<Vec<String>>,
    /// The model's inputs by place [default: scoring.feature_columns, else the model's own names]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    feature_cols: Vec<String>,
    /// Rows of this part of the samples only
    #[arg(long, value_name = "PART")]
    split: Option<String>,
    /// Add the column reason: the N largest contributions to the score, as JSON
    #[arg(long, value_name = "N", default_value_t = 0)]
    reasons: u32,
    #[command(flatten)]
    common: CommonArgs,
}

/// Predicts and says how many rows came out.
pub(super) fn run(args: &PredictArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let files = args.features.is_some() && args.output.is_some();
    let request = Request {
        model: args.model.clone(),
        rows: args.features.clone(),
        output: args.output.clone(),
        group: args.group_col.clone(),
        group_by: args.group_by.clone(),
        features: args.feature_cols.clone(),
        split: args.split.clone(),
        reasons: args.reasons,
    };
    let reads = ["features_daily", "dim_asin"];
    let rows = args.common.work(environment, files, &reads, |job| predict::run(job, &request))?;
    println!("{rows} rows predicted");
    Ok(ExitCode::SUCCESS)
}
