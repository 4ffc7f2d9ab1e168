//! `aim pg`.

use super::Places;
use crate::config::Environment;
use crate::jobs::reco;
use crate::serving::extension::{self, Variant};
use clap::{Args, Subcommand};

/// What can be done with the functions in the database.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PgCommand {
    /// Put the functions of schema reco in place: the extension aim_pg, or the same in plain SQL
    Install(InstallArgs),
}

/// Which form is wanted, and where.
#[derive(Debug, Args)]
pub(in crate::cli) struct InstallArgs {
    #[command(flatten)]
    places: Places,
    /// One of the two only [default: the extension where the server takes it]
    #[arg(long, value_name = "VARIANT", value_enum)]
    variant: Option<Variant>,
}

/// Runs a `pg` command.
pub(in crate::cli) fn pg(command: &PgCommand, environment: &Environment) -> anyhow::Result<()> {
    let PgCommand::Install(args) = command;
    let config = args.places.config(environment)?;
    let connector = reco::connector(&config)?;
    let installed = reco::block_on(async {
        let mut client = connector.session().await?;
        extension::install(&mut client, args.variant).await
    })?;
    let reason = installed.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    println!(
        "aim_pg {} is installed at {} ({}{reason})",
        installed.version,
        connector.target(),
        installed.variant
    );
    Ok(())
}
