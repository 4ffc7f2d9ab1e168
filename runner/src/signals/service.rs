//! One service, and the one way to call it: a token of the rate limit, a request, what its answer means, whether
//! to try again.

use super::backoff::Backoff;
use super::limiter::{Limiter, NoToken};
use crate::retry;
use crate::secret::Secret;
use crate::waves::client::http_client;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest part of a service's own explanation that is repeated.
const MAX_SAID: usize = 200;

/// How a service is called.
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Its name in messages.
    pub name: String,
    /// Its address.
    pub base: Url,
    /// Never shown, whatever the service says.
    pub secrets: Vec<Secret>,
    /// The longest wait for the limiter, and the time limit of a request.
    pub timeout: Duration,
    /// Requests at most, the first one included.
    pub max_attempts: u32,
    /// The waits between them.
    pub backoff: Backoff,
}

/// How often a service was called, and what came of it. Every attempt counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests.
    pub requests: u64,
    /// Answered as hoped.
    pub success: u64,
    /// Not.
    pub failure: u64,
    /// Milliseconds of the former, waits for the limiter included.
    pub latency_ms: u64,
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, counts| Self {
            requests: sum.requests + counts.requests,
            success: sum.success + counts.success,
            failure: sum.failure + counts.failure,
            latency_ms: sum.latency_ms + counts.latency_ms,
        })
    }
}

/// Why a call failed for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The limiter had no token.
    #[error("{service}: {source}; lower ingest.concurrency, or raise rate_limits.{service}")]
    Limiter {
        /// The service.
        service: String,
        /// What the limiter says.
        source: NoToken,
    },
    /// The service refused.
    #[error("{service} answered {path} with status {status} ({attempts} attempts){said}")]
    Status {
        /// The service.
        service: String,
        /// What was asked for.
        path: String,
        /// HTTP status.
        status: u16,
        /// Requests sent.
        attempts: u32,
        /// The service's explanation with a leading colon, or nothing.
        said: String,
    },
    /// The answer is not what was agreed.
    #[error("{service} answered {path} with something else than {expected} ({attempts} attempts)")]
    Content {
        /// The service.
        service: String,
        /// What was asked for.
        path: String,
        /// Requests sent.
        attempts: u32,
        /// What was agreed.
        expected: &'static str,
    },
    /// The connection failed, or the time limit passed.
    #[error("{service} gave no answer to {path} ({attempts} attempts): {reason}")]
    Transport {
        /// The service.
        service: String,
        /// What was asked for.
        path: String,
        /// Requests sent.
        attempts: u32,
        /// What the HTTP library says.
        reason: String,
    },
    /// What was ordered was not made.
    #[error("{service} did not make {path}: {status}")]
    Unmade {
        /// The service.
        service: String,
        /// What was ordered.
        path: String,
        /// What became of it.
        status: String,
    },
}

impl CallError {
    /// The kind of error, for counting.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Limiter { .. } | Self::Status { status: 429, .. } => "rate limit",
            Self::Status { status: 400..=499, .. } => "bad request",
            Self::Status { .. }
            | Self::Content { .. }
            | Self::Transport { .. }
            | Self::Unmade { .. } => "upstream",
        }
    }
}

/// A refusal that stands in the body of an answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status that it comes to.
    pub status: u16,
    /// How long to wait before the next request, where the service says so.
    pub retry_after: Option<Duration>,
    /// The service's explanation.
    pub said: String,
}

/// A service behind its limiter.
#[derive(Debug)]
pub struct Service {
    options: ServiceOptions,
    refusal: Option<fn(&Value) -> Option<Refusal>>,
    /// Secrets that it gave out itself.
    issued: Mutex<Vec<Secret>>,
    http: reqwest::Client,
    limiter: Arc<Limiter>,
    requests: AtomicU64,
    success: AtomicU64,
    latency_ms: AtomicU64,
}

/// An attempt that failed: what to say, and whether another one may do better.
struct Failure {
    error: CallError,
    again: bool,
    retry_after: Option<Duration>,
}

impl Service {
    /// Sets HTTP up; nothing is sent.
    ///
    /// # Errors
    ///
    /// When an https address is to be used on a machine without certificates.
    pub fn new(options: ServiceOptions, limiter: Arc<Limiter>) -> anyhow::Result<Self> {
        let (http, _cookies) = http_client(&[&options.base])?;
        let [requests, success, latency_ms] = [const { AtomicU64::new(0) }; 3];
        let (refusal, issued) = (None, Mutex::default());
        Ok(Self { options, refusal, issued, http, limiter, requests, success, latency_ms })
    }

    /// The same, but answers that are refusals by their body are told apart by `refusal`.
    pub fn refusing(mut self, refusal: fn(&Value) -> Option<Refusal>) -> Self {
        self.refusal = Some(refusal);
        self
    }

    /// Never shows this one either.
    pub fn hide(&self, secret: Secret) {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).push(secret);
    }

    /// Its address.
    pub fn base(&self) -> &Url {
        &self.options.base
    }

    /// The waits between requests.
    pub fn backoff(&self) -> Backoff {
        self.options.backoff
    }

    /// What was called so far.
    pub fn counts(&self) -> Counts {
        let [requests, success, latency_ms] =
            [&self.requests, &self.success, &self.latency_ms].map(|n| n.load(Ordering::Relaxed));
        Counts { requests, success, failure: requests - success, latency_ms }
    }

    /// The secrets that the service is called with.
    pub fn secret(&self) -> Option<&Secret> {
        self.options.secrets.first()
    }

    /// A GET request for a path below the address.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(self.url(path))
    }

    /// A GET request for an address that the service named.
    pub fn get_address(&self, address: Url) -> RequestBuilder {
        self.http.get(address)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.options.base.as_str().trim_end_matches('/'))
    }

    /// Sends what `request` builds, for each attempt anew, until the answer is JSON and `accept` takes it.
    ///
    /// # Errors
    ///
    /// [`CallError`]: at once without a token, and where the service refuses; else after the last attempt.
    pub async fn call<T>(
        &self,
        path: &str,
        expected: &'static str,
        request: impl Fn() -> RequestBuilder,
        accept: impl Fn(Value) -> Option<T>,
    ) -> Result<T, CallError> {
        let accept = |body: &[u8]| serde_json::from_slice(body).ok().and_then(&accept);
        self.fetch(path, expected, request, accept).await
    }

    /// As [`Service::call`], for answers of any kind.
    ///
    /// # Errors
    ///
    /// As for [`Service::call`].
    pub async fn fetch<T>(
        &self,
        path: &str,
        expected: &'static str,
        request: impl Fn() -> RequestBuilder,
        accept: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, CallError> {
        let mut attempts = 0;
        loop {
            let began = Instant::now();
            attempts += 1;
            self.requests.fetch_add(1, Ordering::Relaxed);
            let token = self.limiter.acquire(NonZeroU32::MIN, self.options.timeout).await;
            token.map_err(|source| CallError::Limiter { service: self.name(), source })?;
            let failure = match self.attempt(path, attempts, expected, request(), &accept).await {
                Ok(answer) => {
                    let took = began.elapsed().as_millis() as u64;
                    self.success.fetch_add(1, Ordering::Relaxed);
                    self.latency_ms.fetch_add(took, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if !failure.again || attempts >= self.options.max_attempts {
                return Err(failure.error);
            }
            let delay = self.options.backoff.delay(attempts - 1, failure.retry_after);
            tracing::debug!("{}; again in {:.1} s", failure.error, delay.as_secs_f64());
            tokio::time::sleep(delay).await;
        }
    }

    async fn attempt<T>(
        &self,
        path: &str,
        attempts: u32,
        expected: &'static str,
        request: RequestBuilder,
        accept: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, Failure> {
        let broken = |error: reqwest::Error| {
            let reason = self.redact(&chain(&error.without_url()));
            let (service, path) = (self.name(), path.to_owned());
            let error = CallError::Transport { service, path, attempts, reason };
            Failure { error, again: true, retry_after: None }
        };
        let response = request.timeout(self.options.timeout).send().await.map_err(broken)?;
        let status = response.status();
        let retry_after = retry::asked_for(response.headers());
        let body = response.bytes().await.map_err(broken)?;
        let refused = |status: u16, said: &[u8], retry_after: Option<Duration>| {
            let (service, path, said) = (self.name(), path.to_owned(), self.said(said));
            let error = CallError::Status { service, path, status, attempts, said };
            Failure { error, again: is_transient(status), retry_after }
        };
        if let Some(refusal) = self.refusal(&body) {
            let wait = retry_after.max(refusal.retry_after);
            return Err(refused(refusal.status, refusal.said.as_bytes(), wait));
        }
        if status.is_client_error() || status.is_server_error() {
            return Err(refused(status.as_u16(), &body, retry_after));
        }
        accept(&body).ok_or_else(|| {
            let (service, path) = (self.name(), path.to_owned());
            let error = CallError::Content { service, path, attempts, expected };
            Failure { error, again: true, retry_after: None }
        })
    }

    fn refusal(&self, body: &[u8]) -> Option<Refusal> {
        self.refusal.and_then(|refusal| refusal(&serde_json::from_slice(body).ok()?))
    }

    fn name(&self) -> String {
        self.options.name.clone()
    }

    fn said(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(body);
        let text: String = self.redact(text.trim()).chars().take(MAX_SAID).collect();
        if text.is_empty() { text } else { format!(": {text}") }
    }

    fn redact(&self, text: &str) -> String {
        let redact = |text: String, secret: &Secret| secret.redact(&text);
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        self.options.secrets.iter().chain(&*issued).fold(text.to_owned(), redact)
    }
}

/// Statuses that a later attempt may not meet (D-ING-7: every 5xx, 501 too).
fn is_transient(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
