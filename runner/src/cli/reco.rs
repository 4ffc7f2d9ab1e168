//! `aim export`, `import-table`, `materialize`, `check`, `gc`, `status` and `pg`: the recommendation export.

mod import_table;
mod materialize;
mod pg;

use crate::cli::logging;
use crate::config::Environment;
use crate::config::reco::{DecimalMode, RecoConfig, RecoFlags};
use crate::jobs::reco;
use crate::secret::Secret;
use crate::serving::{Failure, check, gc, status};
use clap::Args;
pub(super) use import_table::{ImportTableArgs, import_table};
use jiff::{SignedDuration, civil::Date};
pub(super) use materialize::{MaterializeArgs, materialize};
pub(super) use pg::{PgCommand, pg};
use std::time::Duration;

/// The commands of this group, with the names that older schedules call them by.
pub(super) const COMMANDS: [&str; 13] = [
    "export",
    "export-gcs",
    "bq-to-gcs",
    "import-table",
    "import-to-gcloud",
    "gcs-to-cloudsql",
    "materialize",
    "materialize-gcloud",
    "materialize-cloudsql",
    "check",
    "gc",
    "pg",
    "status",
];

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 2 arguments that cannot be, 3 in use by others \
    for too long, 4 rows with the same key; with any but 0, what is live is as it was";

/// Where things are.
#[derive(Debug, Args)]
pub(super) struct Places {
    /// Folder that holds the warehouse [default: AIM_LOCAL_ROOT, or ./demo]
    #[arg(long, value_name = "DIR")]
    local_root: Option<String>,
    /// The serving database [default: DATABASE_URL]
    #[arg(long, value_name = "URL", hide_default_value = true)]
    database_url: Option<Secret>,
    /// numeric(18,3) or every digit of the warehouse: compat, exact [default: AIM_DECIMAL_MODE, or compat]
    #[arg(long, value_name = "MODE")]
    decimal_mode: Option<DecimalMode>,
}

/// How long others are waited for.
#[derive(Debug, Args)]
struct Patience {
    /// How long another run on the same table or view is waited for
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    lock_wait: Duration,
    /// How long a swap waits for readers; those that come meanwhile wait behind it
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    lock_timeout: Duration,
    /// How often a swap is tried
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    lock_tries: u32,
}

/// A table, and where its shards are.
#[derive(Debug, Args)]
pub(super) struct Shards {
    /// The table, by its name in PostgreSQL
    #[arg(long, value_name = "NAME")]
    table_name: String,
    /// Where its shards are: gs://bucket/prefix, or a folder
    #[arg(long, value_name = "URL")]
    bucket_path: String,
    /// The day of the export, YYYYMMDD
    #[arg(long, value_name = "DATE", value_parser = date)]
    date: String,
}

/// A table to export.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    shards: Shards,
    #[command(flatten)]
    places: Places,
}

impl Places {
    /// The settings, with the command line's on top.
    fn config(&self, environment: &Environment) -> anyhow::Result<RecoConfig> {
        logging::start(std::io::stderr, environment)?;
        let flags = RecoFlags {
            local_root: self.local_root.clone(),
            database_url: self.database_url.clone(),
            decimal_mode: self.decimal_mode,
        };
        Ok(RecoConfig::load(environment, &flags)?)
    }
}

/// The exit code of a failure.
pub(super) fn exit_code(error: &anyhow::Error) -> u8 {
    error.downcast_ref::<Failure>().map_or(1, Failure::exit_code)
}

/// Writes a table's shards.
pub(super) fn export(args: &ExportArgs, environment: &Environment) -> anyhow::Result<()> {
    let config = args.places.config(environment)?;
    let table = reco::table(&config, &args.shards.table_name)?;
    let run_id = reco::run_id();
    let shards = &args.shards;
    let exported = reco::export(&config, table, &shards.bucket_path, &shards.date, &run_id)?;
    println!(
        "Exported {} to {}: {} rows, {} shards, {} bytes, checksum {} (run {run_id})",
        table.name,
        shards.bucket_path,
        exported.rows,
        exported.shards,
        exported.bytes,
        exported.checksum.map_or("unknown".to_owned(), |checksum| checksum.sum.to_string()),
    );
    for remark in exported.remarks {
        println!("  will not be imported as it is: {remark}");
    }
    if let Some(usage) = exported.usage {
        println!("{usage}");
    }
    Ok(())
}

/// Compares the configured schema with what is live.
pub(super) fn check(places: &Places, environment: &Environment) -> anyhow::Result<()> {
    let config = places.config(environment)?;
    let connector = reco::connector(&config)?;
    let differences = reco::block_on(async {
        let client = connector.session().await?;
        check::check(&client, &config.definitions, config.decimal_mode).await
    })?;
    for difference in &differences {
        println!("{difference}");
    }
    anyhow::ensure!(
        differences.is_empty(),
        "PostgreSQL at {} differs from the definitions in {} places",
        connector.target(),
        differences.len()
    );
    println!("PostgreSQL at {} is as it is defined", connector.target());
    Ok(())
}

/// Drops what dead runs left behind.
pub(super) fn gc(places: &Places, environment: &Environment) -> anyhow::Result<()> {
    let config = places.config(environment)?;
    let connector = reco::connector(&config)?;
    let dropped = reco::block_on(async {
        let client = connector.session().await?;
        gc::collect(&client, &config.definitions, &reco::run_id()).await
    })?;
    for name in &dropped {
        println!("Dropped {name}");
    }
    println!("{} left-overs dropped at {}", dropped.len(), connector.target());
    Ok(())
}

/// Shows what is live.
pub(super) fn status(places: &Places, environment: &Environment) -> anyhow::Result<()> {
    let config = places.config(environment)?;
    let connector = reco::connector(&config)?;
    let relations = reco::block_on(async {
        let client = connector.session().await?;
        status::status(&client, &config.definitions).await
    })?;
    println!("{:<32} {:>12} {:>10}  analysed", "", "rows", "MiB");
    for relation in relations {
        let rows = match relation.rows {
            Some(rows) => rows.to_string(),
            None => "missing".to_owned(),
        };
        println!(
            "{:<32} {rows:>12} {:>10.1}  {}",
            relation.name,
            relation.bytes as f64 / f64::from(1 << 20),
            relation.analysed.unwrap_or_default()
        );
    }
    Ok(())
}

/// `5s`, `500ms`, `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Result<SignedDuration, _> = text.parse();
    let duration = parsed.map_err(|_| "write it like 5s, 500ms or 2m".to_owned())?;
    duration.try_into().map_err(|_| "it must not be negative".to_owned())
}

/// Exactly YYYYMMDD.
fn date(text: &str) -> Result<String, String> {
    let is_date = text.len() == 8 && Date::strptime("%Y%m%d", text).is_ok();
    if is_date { Ok(text.to_owned()) } else { Err("write it as YYYYMMDD".to_owned()) }
}
