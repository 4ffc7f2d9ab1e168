//! `aim waves`.

use clap::Subcommand;

/// What can be done with the stand-in.
#[derive(Debug, Subcommand)]
pub enum WavesCommand {
    /// Serve the stand-in over HTTP
    Serve,
}

/// Runs a `waves` command.
pub fn run(_command: &WavesCommand) -> anyhow::Result<()> {
    Ok(())
}
