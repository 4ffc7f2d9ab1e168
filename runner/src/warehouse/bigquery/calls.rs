//! One call after another, each as often as there is use in it.

use crate::cloud::{self, Identity, PATIENCE};
use crate::retry::{Outcome, Retries, Step};
use anyhow::Context as _;
use async_trait::async_trait;
use gcp_bigquery_client::Client;
use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::client_builder::ClientBuilder;
use gcp_bigquery_client::error::{BQError, NestedResponseError};
use reqwest::StatusCode;
use std::sync::Arc;
use std::time::Duration;

/// Longest time of one call: the client has no limit of its own. Jobs are watched with many calls.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reasons of refusals and of failed jobs that may pass, as BigQuery spells them.
const TRANSIENT: [&str; 6] = [
    "backendError",
    "internalError",
    "jobBackendError",
    "jobRateLimitExceeded",
    "rateLimitExceeded",
    "tableUnavailable",
];

/// BigQuery does not say when to come again.
const TRANSIENTLY: Outcome = Outcome::Transient { retry_after: None };

/// Whether a failure for this reason may pass.
pub(super) fn is_transient(reason: &str) -> bool {
    TRANSIENT.contains(&reason)
}

/// A call that failed for good.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {said}")]
pub(super) struct CallError {
    what: String,
    said: String,
    status: Option<i64>,
}

impl CallError {
    /// Whether the service has certainly not done what it was asked for.
    pub(super) fn is_refusal(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status))
    }

    pub(super) fn is_missing(&self) -> bool {
        self.status == Some(404)
    }

    pub(super) fn is_there_already(&self) -> bool {
        self.status == Some(409)
    }
}

/// What was asked for, or nothing where there is no such thing.
pub(super) fn found<T>(got: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match got {
        Err(error) if error.is_missing() => Ok(None),
        other => other.map(Some),
    }
}

/// The client, with patience.
pub(super) struct Calls {
    client: Client,
    identity: Identity,
}

/// Gives the client the tokens that everything else has too.
#[derive(Clone)]
struct Tokens(Identity);

#[async_trait]
impl Authenticator for Tokens {
    async fn access_token(&self) -> Result<String, BQError> {
        let token = self.0.token().await.map_err(|_| BQError::NoToken)?;
        Ok(token.unwrap_or_else(|| "anonymous".to_owned()))
    }
}

impl Calls {
    pub(super) async fn connect(identity: Identity, address: Option<&str>) -> anyhow::Result<Self> {
        cloud::install_tls();
        let mut builder = ClientBuilder::new();
        if let Some(address) = address {
            builder.with_v2_base_url(format!("{}/bigquery/v2", address.trim_end_matches('/')));
        }
        let client = builder.build_from_authenticator(Arc::new(Tokens(identity.clone()))).await;
        Ok(Self { client: client.context("The BigQuery client does not start")?, identity })
    }

    /// Calls until there is an answer, or no more use in calling. `what` is what an error says has failed.
    pub(super) async fn call<T>(
        &self,
        what: String,
        request: impl AsyncFn(&Client) -> Result<T, BQError>,
    ) -> Result<T, CallError> {
        let mut retries = Retries::new(PATIENCE);
        loop {
            // The client would hide why there is no token.
            if let Err(error) = self.identity.token().await {
                let said = format!("{error:#}");
                return Err(CallError { what, said, status: None });
            }
            let (outcome, status, said) =
                match tokio::time::timeout(TIMEOUT, request(&self.client)).await {
                    Ok(Ok(answer)) => return Ok(answer),
                    Ok(Err(error)) => judge(error),
                    Err(_) => (TRANSIENTLY, None, format!("no answer in {} s", TIMEOUT.as_secs())),
                };
            match retries.next(outcome) {
                Step::GiveUp => return Err(CallError { what, said, status }),
                // A new token, where there is one, comes with the next request.
                Step::Refresh => {}
                Step::Wait(delay) => {
                    tracing::debug!("{what}: {said}; again in {delay:?}");
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }
}

/// What a failure means, its status where there is one, and what it says.
fn judge(error: BQError) -> (Outcome, Option<i64>, String) {
    match error {
        BQError::ResponseError { error } => {
            let NestedResponseError { code, errors, message, .. } = error.error;
            let reason = errors.first().and_then(|error| error.get("reason")).cloned();
            let reason = reason.unwrap_or_default();
            let status = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
            let outcome = match status {
                _ if is_transient(&reason) => TRANSIENTLY,
                Some(status) => Outcome::of(status, None),
                None => Outcome::Permanent,
            };
            (outcome, Some(code), format!("BigQuery answers {code} {reason}: {message}"))
        }
        // Also an error page of something on the way, whose status is lost with it.
        BQError::RequestError(error) => {
            let outcome = if error.is_builder() { Outcome::Permanent } else { TRANSIENTLY };
            let said = if error.is_decode() {
                "BigQuery's answer is not what was agreed".to_owned()
            } else {
                "BigQuery does not answer".to_owned()
            };
            let error = anyhow::Error::new(error.without_url());
            (outcome, None, format!("{said}: {error:#}"))
        }
        other => (Outcome::Permanent, None, other.to_string()),
    }
}
