//! Speaks to a Waves service: logs in, sends batches, waits and tries again where that helps.

mod address;
mod auth;
mod check;
mod error;
mod retry;

pub use error::{Call, WavesError};

use crate::secret::Secret;
use crate::waves::contract::{BatchRequest, BatchResponse};
use auth::Session;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use retry::{Outcome, Retries, Step};
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
    /// Limit of one batch request, from connecting to the last byte.
    pub timeout: Duration,
    /// Limit of one login.
    pub login_timeout: Duration,
    /// Further requests of one batch after 429, 5xx, a timeout or a broken connection.
    pub max_retries: u32,
    /// Further logins of one batch after 401; they do not count as retries.
    pub max_refreshes: u32,
    /// Wait before the first retry; each further one doubles it.
    pub first_wait: Duration,
    /// Longest wait, also when the service asks for more with `Retry-After`.
    pub max_wait: Duration,
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
        }
    }
}

/// Something worth telling while a batch is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The session was refused; logging in again.
    Refreshing {
        /// Run of the batch.
        run_id: String,
    },
    /// A request failed and is sent again after a while.
    Waiting {
        /// Run of the batch.
        run_id: String,
        /// How long.
        delay: Duration,
        /// Requests sent so far for this batch.
        attempts: u32,
        /// What happened, for a log.
        reason: String,
    },
}

type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// A client with a session. Batches may be sent concurrently; they share the session.
pub struct Client {
    http: reqwest::Client,
    session: Session,
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
        );
        let batch_url = address::join(&batch, "api/recommendations/batch")?;
        let client = Self { http, session, batch_url, config, listener: None };
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

    /// Sends one batch until it is answered or there is no more use in trying. The answer has one
    /// result per CAM, in order.
    pub async fn batch(&self, request: &BatchRequest) -> Result<BatchResponse, WavesError> {
        let mut call = Call::new(&self.batch_url, &request.run_id);
        let body = serde_json::to_vec(request)
            .map_err(|source| WavesError::Encode { call: call.clone(), source })?;
        let body = bytes::Bytes::from(body);
        let mut retries = Retries::new(&self.config);
        loop {
            let session = self.session.generation();
            call.attempts += 1;
            let failure = match self.send(body.clone(), &call).await {
                Ok(response) => return check::checked(request, response, call),
                Err(failure) => failure,
            };
            match retries.next(failure.outcome) {
                Step::GiveUp => return Err(failure.error),
                Step::Refresh => {
                    self.tell(|| Event::Refreshing { run_id: request.run_id.clone() });
                    self.session.refresh(session).await.map_err(|source| WavesError::Refresh {
                        call: call.clone(),
                        source: Box::new(source),
                    })?;
                }
                Step::Wait(delay) => {
                    self.tell(|| Event::Waiting {
                        run_id: request.run_id.clone(),
                        delay,
                        attempts: call.attempts,
                        reason: failure.error.to_string(),
                    });
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn send(&self, body: bytes::Bytes, call: &Call) -> Result<BatchResponse, Failure> {
        let request = self
            .http
            .post(self.batch_url.clone())
            .timeout(self.config.timeout)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let broken = |source: reqwest::Error| Failure {
            outcome: Outcome::Transient { retry_after: None },
            error: WavesError::Transport { call: call.clone(), source: source.without_url() },
        };
        let response = request.send().await.map_err(broken)?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| retry::retry_after(value.to_str().ok()?, jiff::Timestamp::now()));
        let body = response.bytes().await.map_err(broken);
        if !status.is_success() {
            // The status decides, whether or not its explanation arrived.
            let said = error::said(&body.unwrap_or_default(), &self.config.password);
            let error = WavesError::Status { call: call.clone(), status: status.as_u16(), said };
            return Err(Failure { outcome: outcome(status, retry_after), error });
        }
        serde_json::from_slice(&body?).map_err(|source| Failure {
            outcome: Outcome::Permanent,
            error: WavesError::Decode { call: call.clone(), source },
        })
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(listener) = &self.listener {
            listener(&event());
        }
    }
}

/// A request that failed: what to do about it, and what to say if nothing is done.
struct Failure {
    outcome: Outcome,
    error: WavesError,
}

fn outcome(status: StatusCode, retry_after: Option<Duration>) -> Outcome {
    match status {
        StatusCode::UNAUTHORIZED => Outcome::Unauthorized,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Transient { retry_after },
        status if status.is_server_error() => Outcome::Transient { retry_after },
        _ => Outcome::Permanent,
    }
}
