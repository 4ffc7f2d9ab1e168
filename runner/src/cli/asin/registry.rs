//! `aim asin registry`.

use super::common::CommonArgs;
use crate::config::Environment;
use crate::jobs::asin::registry::{Registration, Registry, Stage, Version};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is done with the registry.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RegistryCommand {
    /// Add a version of a model
    Register(Box<RegisterArgs>),
    /// Move a version to a stage; who stood there is archived
    Promote(PromoteArgs),
    /// Take a version out of use
    Demote(DemoteArgs),
    /// Print the versions of a model as JSON
    List(ListArgs),
}

/// Where the registry is.
#[derive(Debug, Args)]
struct PlaceArgs {
    /// The registry [default: runs/registry.json of the job's folder]
    #[arg(long, value_name = "FILE")]
    registry_file: Option<PathBuf>,
    #[command(flatten)]
    common: CommonArgs,
}

/// The version to add.
#[derive(Debug, Args)]
pub(in crate::cli) struct RegisterArgs {
    /// The model's name
    #[arg(long)]
    name: String,
    /// Where the model is
    #[arg(long, value_name = "URI")]
    artifact_uri: String,
    /// What it takes: a JSON file, or JSON itself, with a list inputs of objects with a name
    #[arg(long, value_name = "JSON")]
    signature: Option<String>,
    /// How good it is, name=number; may be given several times
    #[arg(long, value_name = "NAME=NUMBER", value_parser = metric)]
    metric: Vec<(String, f64)>,
    /// The days it was made of
    #[arg(long, value_name = "TEXT")]
    data_span: Option<String>,
    /// The version of its features
    #[arg(long, value_name = "TEXT")]
    feature_version: Option<String>,
    /// Where it shall stand: none, staging, production or archived
    #[arg(long, default_value = "none")]
    stage: Stage,
    /// The run that made it
    #[arg(long, value_name = "TEXT")]
    run_id: Option<String>,
    /// Words about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// The version to move.
#[derive(Debug, Args)]
pub(in crate::cli) struct PromoteArgs {
    /// The model's name
    #[arg(long)]
    name: String,
    /// Its version
    #[arg(long, value_name = "N")]
    version: u32,
    /// Where to: none, staging, production or archived
    #[arg(long, value_name = "STAGE")]
    to: Stage,
    #[command(flatten)]
    place: PlaceArgs,
}

/// The version to take out of use.
#[derive(Debug, Args)]
pub(in crate::cli) struct DemoteArgs {
    /// The model's name
    #[arg(long)]
    name: String,
    /// Its version
    #[arg(long, value_name = "N")]
    version: u32,
    /// Where to
    #[arg(long, value_name = "STAGE", default_value = "archived")]
    to: Stage,
    #[command(flatten)]
    place: PlaceArgs,
}

/// The model to list.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// The model's name
    #[arg(long)]
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Runs a command on the registry.
pub(super) fn run(
    command: &RegistryCommand,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    match command {
        RegistryCommand::Register(args) => register(args, environment)?,
        RegistryCommand::Promote(args) => {
            change(&args.place, &args.name, args.version, args.to, environment)?;
        }
        RegistryCommand::Demote(args) => {
            change(&args.place, &args.name, args.version, args.to, environment)?;
        }
        RegistryCommand::List(args) => {
            let (registry, _) = args.place.open(environment)?;
            println!("{}", serde_json::to_string_pretty(registry.versions(&args.name)?)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl PlaceArgs {
    /// The registry, and whether promotions are unchecked as they once were when registering.
    fn open(&self, environment: &Environment) -> anyhow::Result<(Registry, bool)> {
        let job = self.common.job(environment, true)?;
        let file = self.registry_file.clone();
        let file = file.unwrap_or_else(|| Registry::file(&job.store));
        Ok((Registry::open(&file, job.clock.now())?, !job.choices.check_registrations))
    }
}

fn register(args: &RegisterArgs, environment: &Environment) -> anyhow::Result<()> {
    let (mut registry, unchecked) = args.place.open(environment)?;
    let registration = Registration {
        artifact_uri: args.artifact_uri.clone(),
        metrics: args.metric.iter().map(|(name, value)| (name.clone(), (*value).into())).collect(),
        data_span: args.data_span.clone(),
        feature_version: args.feature_version.clone(),
        signature: args.signature.as_deref().map(signature).transpose()?,
        stage: args.stage,
        run_id: args.run_id.clone(),
        description: args.description.clone(),
    };
    print(&args.name, registry.register(&args.name, registration, unchecked)?);
    Ok(())
}

fn change(
    place: &PlaceArgs,
    name: &str,
    version: u32,
    stage: Stage,
    environment: &Environment,
) -> anyhow::Result<()> {
    let (mut registry, _) = place.open(environment)?;
    print(name, registry.promote(name, version, stage)?);
    Ok(())
}

fn print(name: &str, version: &Version) {
    println!("{name} {} stands in {}", version.version, version.stage.name());
}

/// JSON itself, or a file with it.
fn signature(text: &str) -> anyhow::Result<Value> {
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(Path::new(text)).with_context(|| format!("{text} cannot be read"))?
    };
    serde_json::from_str(&json).context("The signature is no JSON")
}

fn metric(text: &str) -> Result<(String, f64), String> {
    let pair = text.split_once('=').ok_or("it has no =; write name=number")?;
    let value: f64 = pair.1.trim().parse().map_err(|_| format!("{:?} is no number", pair.1))?;
    if !value.is_finite() {
        return Err(format!("{value} is no finite number"));
    }
    Ok((pair.0.trim().to_owned(), value))
}
