//! `aim asin api`.

use crate::signals::standin::{Faults, Options, Running};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// What can be done with the stand-in.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApiCommand {
    /// Serve the unified API, and below /keepa, /helium10, /junglescout, /spapi and /paapi5 the other services, over
    /// HTTP on 127.0.0.1, until Ctrl-C or SIGTERM: the same answers every time
    Serve(ServeArgs),
}

/// Where, and what goes wrong.
#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArgs {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8081)]
    port: u16,
    /// The token that requests must have [default: any]
    #[arg(long)]
    token: Option<String>,
    #[command(flatten)]
    faults: Faults,
    /// At the end write when each request came, in milliseconds since the start, a line each
    #[arg(long, value_name = "FILE")]
    times: Option<std::path::PathBuf>,
}

/// Serves until it is stopped.
pub(super) fn run(command: &ApiCommand) -> anyhow::Result<ExitCode> {
    let ApiCommand::Serve(ServeArgs { port, token, faults, times }) = command;
    let options = Options { port: *port, token: token.clone(), faults: faults.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("Could not start the runtime")?;
    runtime.block_on(async {
        let mut terminate =
            signal(SignalKind::terminate()).context("Could not listen to SIGTERM")?;
        let running = Running::start(options).await.with_context(|| {
            format!("Could not listen on 127.0.0.1:{port}; choose another --port, or 0")
        })?;
        println!("Serving the unified API at {}", running.url());
        tokio::select! {
            result = tokio::signal::ctrl_c() => result.context("Could not listen to Ctrl-C")?,
            _ = terminate.recv() => {}
        }
        if let Some(file) = times {
            let lines: String = running.times().iter().map(|time| format!("{time}\n")).collect();
            std::fs::write(file, lines)
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        println!("Answered {} requests", running.requests());
        running.stop().await.context("The API did not end properly")
    })?;
    Ok(ExitCode::SUCCESS)
}
