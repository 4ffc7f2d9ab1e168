//! `aim materialize`.

use super::{EXIT_CODES, Patience, Places};
use crate::config::Environment;
use crate::config::reco::View;
use crate::jobs::reco;
use crate::serving::view::{RefreshMode, RefreshOptions};
use crate::serving::{Failure, SwapPatience};
use anyhow::Context as _;
use clap::Args;

/// Views to bring up to date.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct MaterializeArgs {
    /// The view, with its ending _mv
    #[arg(long, value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    view_name: Option<String>,
    /// Every view
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    places: Places,
    /// Build another beside it and swap, or refresh in place
    #[arg(long, value_name = "MODE", value_enum, default_value_t = RefreshMode::Swap)]
    mode: RefreshMode,
    /// Views built side by side
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
    /// Memory of an index build, as PostgreSQL writes it
    #[arg(long, value_name = "SIZE", default_value = "256MB")]
    maintenance_work_mem: String,
    #[command(flatten)]
    patience: Patience,
}

/// Brings the views up to date; says of each what came of it.
pub(in crate::cli) fn materialize(
    args: &MaterializeArgs,
    environment: &Environment,
) -> anyhow::Result<()> {
    let config = args.places.config(environment)?;
    let views: Vec<View> = match &args.view_name {
        None => config.definitions.views.clone(),
        Some(name) => {
            let view = config.definitions.view(name).ok_or_else(|| {
                let names: Vec<_> =
                    config.definitions.views.iter().map(|view| view.name.as_str()).collect();
                Failure::Usage(format!(
                    "--view-name {name}: there is no such view; use {}",
                    names.join(", ")
                ))
            })?;
            vec![view.clone()]
        }
    };
    let options = RefreshOptions {
        mode: args.mode,
        lock_wait: args.patience.lock_wait,
        patience: SwapPatience {
            lock_timeout: args.patience.lock_timeout,
            tries: args.patience.lock_tries,
        },
        maintenance_work_mem: args.maintenance_work_mem.clone(),
    };
    let run_id = reco::run_id();
    let parallel = usize::from(args.parallel);
    let connector = reco::connector(&config)?;
    let outcomes = reco::block_on(reco::materialize(
        &config, &connector, &views, parallel, &run_id, &options,
    ))?;
    let mut failures = Vec::new();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(refreshed) => {
                println!(
                    "Materialized {name}: {} rows in {:.2} s",
                    refreshed.rows, refreshed.seconds
                );
                if !refreshed.left_out.is_empty() {
                    println!("  without {}: PostGIS is missing", refreshed.left_out.join(", "));
                }
            }
            Err(error) => {
                println!("Not materialized: {name}");
                failures.push((name, error));
            }
        }
    }
    let count = failures.len();
    let Some((name, first)) = failures.into_iter().next() else { return Ok(()) };
    // One alone speaks for itself.
    let others =
        if count > 1 { format!(", and {} others were not", count - 1) } else { String::new() };
    Err(first).with_context(|| format!("{name} was not materialized{others}"))
}
