//! The recommendation export: warehouse → Parquet → PostgreSQL → materialised views.
//!
//! Each step is a command of its own. Nothing they replace changes before what replaces it is verified,
//! and a step that was killed can be run again.

mod bucket;
mod export;
mod import;
mod manifest;
mod materialize;
mod workspace;

use crate::cloud::{Identity, SECRET_SCHEME, Secrets, Session};
use crate::config::reco::{RecoConfig, Table};
use crate::runtime::Runtime;
use crate::serving::{Connector, Failure};
use anyhow::Context as _;
pub use export::{Exported, export};
pub use import::{ImportOutcome, ImportRequest, import};
use jiff::Timestamp;
pub use materialize::{Outcome, materialize};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

/// A run's id: its beginning in UTC and six random digits, `20260315071500a1b2c3`.
pub fn run_id() -> String {
    let random = RandomState::new().build_hasher().finish() & 0xff_ffff;
    format!("{}{random:06x}", Timestamp::now().strftime("%Y%m%d%H%M%S"))
}

/// The table of that name.
///
/// # Errors
///
/// [`Failure::Usage`] with the names that there are.
pub fn table<'a>(config: &'a RecoConfig, name: &str) -> Result<&'a Table, Failure> {
    config.definitions.table(name).ok_or_else(|| {
        let names: Vec<_> = config.definitions.tables.iter().map(|t| t.name.as_str()).collect();
        Failure::Usage(format!(
            "--table-name {name}: there is no such table; use {}",
            names.join(", ")
        ))
    })
}

/// The serving database. An address that names a secret is read from Secret Manager.
///
/// # Errors
///
/// When no address is set, it is none, or the secret is not given out.
pub fn connector(config: &RecoConfig) -> anyhow::Result<Connector> {
    let url = config.database_url.as_ref().context(
        "DATABASE_URL is not set: it says where PostgreSQL is, postgresql://user:password@host:port/database",
    )?;
    match &config.cloud {
        Some(cloud) if url.expose().starts_with(SECRET_SCHEME) => block_on(async {
            let secrets = Secrets::new(Identity::of(cloud)?, cloud.secrets_address.as_deref());
            Connector::new(&secrets.resolve(url).await?)
        }),
        _ => Connector::new(url),
    }
}

/// What a run has of the cloud; nothing in a local one.
fn session(config: &RecoConfig, run_id: &str) -> anyhow::Result<Option<Session>> {
    let Some(cloud) = &config.cloud else { return Ok(None) };
    let runtime = Arc::new(Runtime::start()?);
    let identity = runtime.block_on(async { Identity::of(cloud) })?;
    Session::connect(cloud, "reco", run_id, &runtime, &identity).map(Some)
}

/// Runs what waits for the network.
///
/// # Errors
///
/// What `work` says, or when the runtime cannot start.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(work)
}
