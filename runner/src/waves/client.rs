//! Speaks to a Waves service: logs in, sends batches, asks for pages, waits and tries again where that
//! helps.

mod address;
mod auth;
mod batch;
pub(in crate::waves) mod check;
mod error;
mod pages;
mod retry;
mod select;
mod send;

pub(crate) use auth::http_client;
pub use error::{Call, WavesError};

use crate::cloud::ServiceIdentity;
use crate::secret::Secret;
use auth::Session;
use reqwest::Url;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where the service is and how patient to be with it.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Address of login and pages: `http://host[:port]` or `https://host[:port]`.
    pub base_url: String,
    /// Address of the batch endpoint; the same as `base_url`, unless the service is split.
    pub batch_url: String,
    /// What `/login` asks for.
    pub password: Secret,
    /// Limit of one batch or page request, from connecting to the last byte.
    pub timeout: Duration,
    /// Limit of one login, and of the page that lists the segments.
    pub login_timeout: Duration,
    /// Further requests of one batch after 429, 5xx, a timeout or a broken connection; of a page at
    /// most 2.
    pub max_retries: u32,
    /// Further logins of one request after 401; they do not count as retries.
    pub max_refreshes: u32,
    /// Wait before the first retry of a batch; each further one doubles it. Pages wait half as long
    /// again.
    pub first_wait: Duration,
    /// Longest wait, also when the service asks for more with `Retry-After`.
    pub max_wait: Duration,
    /// Longest addition to a wait, as a share of it and drawn anew each time: requests that failed
    /// together do not come back together. 0 is none.
    pub jitter: f64,
    /// Who asks, for a service that wants to know it of every request; absent, nobody is named.
    pub identity: Option<ServiceIdentity>,
}

impl ClientConfig {
    /// One address for everything, and the service's usual limits.
    pub fn new(base_url: impl Into<String>, password: Secret) -> Self {
        let base_url = base_url.into();
        Self {
            batch_url: base_url.clone(),
            base_url,
            password,
            timeout: Duration::from_secs(900),
            login_timeout: Duration::from_secs(30),
            max_retries: 3,
            max_refreshes: 2,
            first_wait: Duration::from_secs(1),
            max_wait: Duration::from_secs(60),
            jitter: 0.25,
            identity: None,
        }
    }
}

/// Something worth telling while a request is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The session was refused; logging in again.
    Refreshing {
        /// Run of the request.
        run_id: String,
    },
    /// A request failed and is sent again after a while.
    Waiting {
        /// Run of the request.
        run_id: String,
        /// How long.
        delay: Duration,
        /// Requests sent so far.
        attempts: u32,
        /// What happened, for a log.
        reason: String,
    },
}

type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// A client with a session. Requests may be sent concurrently; they share the session.
pub struct Client {
    http: reqwest::Client,
    session: Session,
    base: Url,
    batch_url: Url,
    config: ClientConfig,
    listener: Option<Listener>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Client {
    /// Checks the addresses and logs in.
    pub async fn connect(config: ClientConfig) -> Result<Self, WavesError> {
        let base = address::parse(&config.base_url)?;
        let batch = address::parse(&config.batch_url)?;
        let (http, jar) = auth::http_client(&[&base, &batch])?;
        let login_url = address::join(&base, "login")?;
        let session = Session::new(
            http.clone(),
            jar,
            login_url,
            config.password.clone(),
            config.login_timeout,
            config.identity.clone(),
        );
        let batch_url = address::join(&batch, "api/recommendations/batch")?;
        let client = Self { http, session, base, batch_url, config, listener: None };
        client.login().await?;
        Ok(client)
    }

    /// Calls `listener` for every [`Event`] from now on.
    #[must_use]
    pub fn listen(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Opens a new session.
    pub async fn login(&self) -> Result<(), WavesError> {
        self.session.login().await
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(listener) = &self.listener {
            listener(&event());
        }
    }
}
