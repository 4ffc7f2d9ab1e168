//! `aim import-table`.

use super::{EXIT_CODES, Patience, Places, Shards};
use crate::config::Environment;
use crate::jobs::reco::{self, ImportOutcome, ImportRequest};
use crate::serving::table::ImportOptions;
use crate::serving::{OnBadRow, Rejected, SwapPatience};
use clap::{Args, ValueEnum};

/// Connections that load side by side at most, unless told otherwise: the server has other work too.
const MOST_JOBS: usize = 4;

/// What becomes of NUL characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NulBytes {
    /// The value does not fit.
    Fail,
    /// They are left out.
    Strip,
}

/// A table to import.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(in crate::cli) struct ImportTableArgs {
    #[command(flatten)]
    shards: Shards,
    #[command(flatten)]
    places: Places,
    /// Connections that load side by side; several wait for transactions that are older than the load
    /// [default: one for every two cores, at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// What becomes of a row with a value that does not fit its column
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = OnBadRow::Fail)]
    on_bad_row: OnBadRow,
    /// What becomes of NUL characters, which PostgreSQL cannot store
    #[arg(long, value_name = "POLICY", value_enum, default_value_t = NulBytes::Fail)]
    nul_bytes: NulBytes,
    /// Refuse fewer rows
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_rows: u64,
    /// Refuse to lose a larger share of the live rows, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
    max_shrink: f64,
    /// Look neither at --min-rows nor at --max-shrink
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    patience: Patience,
}

fn share(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share.filter(|share| (0.0..=1.0).contains(share)).ok_or("it must be from 0 to 1".to_owned())
}

/// Replaces a table by its shards.
pub(in crate::cli) fn import_table(
    args: &ImportTableArgs,
    environment: &Environment,
) -> anyhow::Result<()> {
    let config = args.places.config(environment)?;
    let table = reco::table(&config, &args.shards.table_name)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let request = ImportRequest {
        bucket_path: args.shards.bucket_path.clone(),
        on_bad_row: args.on_bad_row,
        strip_nul: args.nul_bytes == NulBytes::Strip,
        options: ImportOptions {
            jobs: args.jobs.map_or((cores / 2).clamp(1, MOST_JOBS), usize::from),
            min_rows: args.min_rows,
            max_shrink: args.max_shrink,
            force: args.force,
            decimals: config.decimal_mode,
            expected: None,
            lock_wait: args.patience.lock_wait,
            patience: SwapPatience {
                lock_timeout: args.patience.lock_timeout,
                tries: args.patience.lock_tries,
            },
        },
    };
    let run_id = reco::run_id();
    let outcome = reco::import(&config, table, &request, &run_id)?;
    let ImportOutcome { imported, rejected, rejected_file, usage } = outcome;
    println!(
        "Imported {}: {} (load {:.2} s, {} connections, run {run_id})",
        table.name, imported.checksum, imported.load_seconds, imported.jobs
    );
    if rejected != Rejected::default() {
        println!(
            "  rejected: {} rows left out, {} values made NULL; see {}",
            rejected.rows, rejected.cells, rejected_file
        );
    }
    for remark in imported.remarks {
        println!("  kept: {remark}");
    }
    if let Some(usage) = usage {
        println!("{usage}");
    }
    Ok(())
}
