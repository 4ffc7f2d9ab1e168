//! What everything that speaks to Google Cloud shares: who it is, where it speaks to, how patient it is,
//! and what it used.
//!
//! Objects are in [`crate::store`], tables in [`crate::warehouse::bigquery`].

mod identity;
mod mirror;
mod scratch;
mod secrets;
mod session;
mod swap;
mod usage;

pub use identity::{Identity, ServiceIdentity};
pub(crate) use mirror::Mirror;
pub(crate) use scratch::Scratch;
pub use secrets::{SECRET_SCHEME, Secrets};
pub use session::Session;
pub(crate) use session::{Load, timed_table};
pub(crate) use swap::{Replaced, Staged};
pub use usage::{Usage, UsageReport};

use crate::retry::Patience;
use std::time::Duration;

/// Six further requests in at most about two minutes: what Google calls transient has passed by then.
pub(crate) const PATIENCE: Patience = Patience {
    retries: 6,
    refreshes: 2,
    first_wait: Duration::from_millis(500),
    max_wait: Duration::from_secs(32),
    jitter: 0.5,
};

/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);

/// Longest time without a byte of an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// An HTTP client for the calls that no client library has.
pub(crate) fn http_client() -> anyhow::Result<reqwest::Client> {
    install_tls();
    let builder = reqwest::Client::builder().user_agent(USER_AGENT);
    Ok(builder.connect_timeout(CONNECT).read_timeout(SILENCE).build()?)
}

/// The name under which all requests are sent.
pub(crate) const USER_AGENT: &str = concat!("aim/", env!("CARGO_PKG_VERSION"));

/// Encryption for every client of the process.
pub(crate) fn install_tls() {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
