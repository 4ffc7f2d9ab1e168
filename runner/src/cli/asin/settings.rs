//! `aim asin settings`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::Settings;
use clap::Args;
use std::process::ExitCode;

/// Whose settings.
#[derive(Debug, Args)]
pub(in crate::cli) struct SettingsArgs {
    #[command(flatten)]
    common: CommonArgs,
}

/// Prints them as JSON, which is YAML too.
pub(super) fn run(args: &SettingsArgs, environment: &Environment) -> anyhow::Result<ExitCode> {
    let (_, root) = args.common.config(environment)?;
    let loaded = Settings::load(args.common.settings(), &root, environment)?;
    for unknown in &loaded.unknown {
        eprintln!("Warning: {unknown}");
    }
    println!("{}", serde_json::to_string_pretty(&loaded.tree)?);
    Ok(ExitCode::SUCCESS)
}
