//! One request, sent until it is answered or there is no more use in trying.

use super::retry::{self, Outcome, Retries, Step};
use super::{Call, Client, Event, WavesError, auth, error};
use bytes::Bytes;
use reqwest::{RequestBuilder, Url};

/// An answer with a status of success.
pub(super) struct Answer {
    /// Where it came from, after redirects.
    pub(super) url: Url,
    pub(super) body: Bytes,
}

/// A request that failed: what to do about it, and what to say if nothing is done.
struct Failure {
    outcome: Outcome,
    error: WavesError,
}

impl Client {
    /// Sends what `request` builds, for each attempt anew, and counts the attempts in `call`.
    pub(super) async fn send(
        &self,
        call: &mut Call,
        mut retries: Retries,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, WavesError> {
        loop {
            let session = self.session.generation();
            call.attempts += 1;
            let failure = match self.send_once(call, request()).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            match retries.next(failure.outcome) {
                Step::GiveUp => return Err(failure.error),
                Step::Refresh => {
                    self.tell(|| Event::Refreshing { run_id: call.run_id.clone() });
                    self.session.refresh(session).await.map_err(|source| WavesError::Refresh {
                        call: call.clone(),
                        source: Box::new(source),
                    })?;
                }
                Step::Wait(delay) => {
                    self.tell(|| Event::Waiting {
                        run_id: call.run_id.clone(),
                        delay,
                        attempts: call.attempts,
                        reason: failure.error.to_string(),
                    });
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn send_once(&self, call: &Call, request: RequestBuilder) -> Result<Answer, Failure> {
        let broken = |source: reqwest::Error| Failure {
            outcome: Outcome::Transient { retry_after: None },
            error: WavesError::Transport { call: call.clone(), source: source.without_url() },
        };
        let request = auth::identified(request, self.config.identity.as_ref()).await;
        let request = request.map_err(|error| Failure { outcome: Outcome::Permanent, error })?;
        let response = request.send().await.map_err(broken)?;
        let (status, url) = (response.status(), response.url().clone());
        let retry_after = retry::asked_for(response.headers());
        let body = response.bytes().await.map_err(broken);
        if !status.is_success() {
            // The status decides, whether or not its explanation arrived.
            let said = error::said(&body.unwrap_or_default(), &self.config.password);
            let error = WavesError::Status { call: call.clone(), status: status.as_u16(), said };
            return Err(Failure { outcome: Outcome::of(status, retry_after), error });
        }
        Ok(Answer { url, body: body? })
    }
}
