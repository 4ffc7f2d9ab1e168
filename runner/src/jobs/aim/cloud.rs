//! The job with its input and its results in the cloud.
//!
//! What it reads is copied to a folder of this machine, where the job runs as everywhere else; what it
//! writes goes back. BigQuery's tables change at the very end, all at once; until then the run's rows wait
//! in tables of their own beside them, which end by themselves should nobody remove them.

mod pull;
mod push;
mod remote;
mod score;

pub use remote::Remote;

use super::{Choices, Interrupted, Job, Outcome, Selection};
use crate::cloud::{Identity, Mirror, SECRET_SCHEME, Scratch, Secrets, UsageReport};
use crate::config::{Config, Environment, Flags, Loaded};
use crate::record::{Clock, Terminal};
use crate::runtime::Runtime;
use crate::secret::Secret;
use crate::store::{LocalStore, ObjectStore as _, ObjectUri};
use anyhow::{Context as _, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The override file, below the root of a run.
const OVERRIDES: &str = "config/aim-config.json";

/// What a run in the cloud came to.
#[derive(Debug)]
pub struct CloudOutcome {
    /// As of every run.
    pub outcome: Outcome,
    /// What was used.
    pub usage: UsageReport,
    /// Where the files are: a folder of the bucket, or of this machine after a dry run.
    pub files: String,
    /// Whether no table was to be changed.
    pub dry_run: bool,
}

/// What is to be run.
pub struct CloudJob<'a> {
    /// The variables that settings are read from.
    pub environment: &'a Environment,
    /// The flags.
    pub flags: Flags,
    /// The run's clock.
    pub clock: Clock,
    /// The stages.
    pub selection: Selection,
    /// Where a run goes on living after its end.
    pub terminal: Terminal,
}

/// Runs the selected stages.
///
/// # Errors
///
/// The first thing that goes wrong; then BigQuery's tables are as they were.
pub fn run(job: CloudJob<'_>) -> anyhow::Result<CloudOutcome> {
    let CloudJob { environment, flags, clock, selection, terminal } = job;
    ensure!(
        flags.local_root.is_none(),
        "--local-root has no place in AIM_MODE=cloud: AIM_SCRATCH says where such a run may work"
    );
    let run_id = clock.run_id();
    let parent = environment.get("AIM_SCRATCH").filter(|path| !path.trim().is_empty());
    let scratch = Scratch::new(parent, &run_id)?;
    let root = scratch.path().to_owned();
    let flags = Flags { local_root: Some(utf8(&root)?), ..flags };

    let runtime = Arc::new(Runtime::start()?);
    let first = Config::load(environment, &flags).config?;
    // A stand-in's answers are nobody's products.
    ensure!(
        first.waves.url.is_some() || first.dry_run || first.cloud.is_emulated(),
        "AIM_WAVES_URL is not set: a run in the cloud asks a service"
    );
    let identity = runtime.block_on(async { Identity::of(&first.cloud) })?;
    let remote = Remote::connect(&first, &run_id, &root, &runtime, &identity)?;
    // Whoever waits for a run is not told of one that changes nothing.
    let mirror = Mirror::start(Some(remote.results()).filter(|_| !first.dry_run), &root);
    let work = || {
        if let Some(uri) = first.cloud.overrides.as_ref().filter(|_| !first.ignore_overrides) {
            fetch_overrides(&remote, &ObjectUri::parse(uri)?, root.join(OVERRIDES))?;
        }
        let Loaded { config, settings, warnings, .. } = Config::load(environment, &flags);
        for warning in &warnings {
            tracing::warn!("{warning}");
        }
        let mut config = config?;
        resolve_secrets(&mut config, &identity, &runtime)?;
        let stages = selection.stages(&Choices::of(config.compat));
        tracing::info!("Fetching the input");
        pull::pull(&remote, &config, &clock, &stages)?;
        let selection = selection.clone();
        let remote = Some(Arc::clone(&remote));
        let (flags, clock) = (flags.clone(), clock.clone());
        let job = Job { config, settings, flags, clock, selection, unfinished: None, remote };
        super::run(job, terminal.clone())
    };
    let result = work().map_err(|error| match runtime.signal() {
        // Also one that came before the job had begun.
        Some(signal) if !error.is::<Interrupted>() => remote.interrupted(signal).into(),
        _ => error,
    });
    if let Err(error) = &result
        && !mirror.has_status()
    {
        super::record_refusal(&root, &clock, terminal.clone(), &format!("{error:#}"));
    }
    if first.dry_run {
        drop(mirror);
        remote.clean_up();
        let outcome = result?;
        let files = scratch.keep().join("output").display().to_string();
        return Ok(CloudOutcome { outcome, usage: remote.usage(), files, dry_run: true });
    }
    let told = mirror.finish(|| keep_files(&remote, &root));
    remote.clean_up();
    let outcome = result?;
    told.context("The tables are in place, but the run's files are not all in the bucket")?;
    let files = remote.results().resolve("output")?.to_string();
    Ok(CloudOutcome { outcome, usage: remote.usage(), files, dry_run: false })
}

/// Copies the files that the run left, but for those that are there already.
fn keep_files(remote: &Remote, root: &Path) -> anyhow::Result<()> {
    let store = LocalStore::new(root)?;
    for path in store.list("output")? {
        if path != Mirror::STATUS && !remote.has_uploaded(&path) {
            let content = fs::read(store.local_copy(&path)?)?;
            remote.results().write_within(&path, content, Mirror::LIMIT)?;
        }
    }
    Ok(())
}

/// The overrides, where there are any: the front end writes them when somebody changes a setting.
fn fetch_overrides(remote: &Remote, uri: &ObjectUri, file: PathBuf) -> anyhow::Result<()> {
    if !remote.exists(uri)? {
        tracing::warn!("{uri} is missing: no setting is overridden");
        return Ok(());
    }
    remote.download(uri, &file)
}

/// Asks for those secrets that settings only name, and that this run needs.
fn resolve_secrets(
    config: &mut Config,
    identity: &Identity,
    runtime: &Runtime,
) -> anyhow::Result<()> {
    let secrets = Secrets::new(identity.clone(), config.cloud.secrets_address.as_deref());
    let resolve = |secret: &mut Option<Secret>| -> anyhow::Result<()> {
        match secret {
            Some(named) if named.expose().starts_with(SECRET_SCHEME) => {
                *named = runtime.block_on(secrets.resolve(named))?;
                Ok(())
            }
            _ => Ok(()),
        }
    };
    if !config.dry_run {
        resolve(&mut config.database_url)?;
    }
    if config.waves.url.is_some() {
        resolve(&mut config.waves.password)?;
    }
    Ok(())
}

fn utf8(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().with_context(|| format!("{path:?} is no UTF-8 path: rename it"))?;
    Ok(text.to_owned())
}
