//! Our patience for Google's client: it knows which failures may pass, we say how often to try, and after how
//! long.

use crate::cloud::PATIENCE;
use crate::retry::{self, Outcome, Retries, Step};
use google_cloud_gax::backoff_policy::BackoffPolicy;
use google_cloud_gax::error::Error;
use google_cloud_gax::retry_policy::RetryPolicy;
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;
use google_cloud_storage::retry_policy::RetryableErrors;
use reqwest::StatusCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Of one request: after a failure the client asks first whether to try again, then after how long.
#[derive(Debug, Clone)]
pub(super) struct Patient(Arc<Mutex<Left>>);

#[derive(Debug)]
struct Left {
    retries: Retries,
    /// What the failure that was just looked at asks for.
    wait: Option<Duration>,
}

impl Patient {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Left { retries: Retries::new(PATIENCE), wait: None })))
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RetryPolicy for Patient {
    fn on_error(&self, state: &RetryState, error: Error) -> RetryResult {
        let (outcome, error) = match RetryableErrors.on_error(state, error) {
            RetryResult::Continue(error) => {
                let retry_after = error.http_headers().and_then(retry::asked_for);
                (Outcome::Transient { retry_after }, error)
            }
            RetryResult::Permanent(error) if status(&error) == Some(StatusCode::UNAUTHORIZED) => {
                (Outcome::Unauthorized, error)
            }
            other => return other,
        };
        let mut left = self.left();
        // Also of a read that goes on where it broke off.
        if state.attempt_count <= 1 {
            left.retries = Retries::new(PATIENCE);
        }
        left.wait = match left.retries.next(outcome) {
            Step::GiveUp => return RetryResult::Exhausted(error),
            // A new token, where there is one, comes with the next request.
            Step::Refresh => Some(Duration::ZERO),
            Step::Wait(wait) => Some(wait),
        };
        RetryResult::Continue(error)
    }
}

impl BackoffPolicy for Patient {
    /// Of an upload that is to go on nobody asked whether: it is no failure.
    fn on_failure(&self, _: &RetryState) -> Duration {
        self.left().wait.take().unwrap_or(PATIENCE.first_wait)
    }
}

fn status(error: &Error) -> Option<StatusCode> {
    error.http_status_code().and_then(|code| StatusCode::from_u16(code).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    /// How long it waits after a refusal, the `attempt`th; nothing where it gives up.
    fn wait(patient: &Patient, attempt: u32, code: u16, asked: Option<u64>) -> Option<Duration> {
        let asked = asked.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds)));
        let headers: HeaderMap = asked.into_iter().collect();
        let state = RetryState::new(true).set_attempt_count(attempt);
        match patient.on_error(&state, Error::http(code, headers, Bytes::new())) {
            RetryResult::Continue(_) => Some(patient.on_failure(&state)),
            _ => None,
        }
    }

    #[test]
    fn the_service_may_ask_for_a_longer_wait() {
        let patient = Patient::new();
        let waits = [(1, None), (2, Some(9)), (3, Some(0)), (4, Some(86_400))]
            .map(|(attempt, asked)| wait(&patient, attempt, 429, asked).expect("it goes on"));
        let seconds =
            |from: f64, to: f64| Duration::from_secs_f64(from)..=Duration::from_secs_f64(to);
        let ranges =
            [seconds(0.5, 0.75), seconds(9.0, 13.5), seconds(2.0, 3.0), seconds(32.0, 32.0)];
        for (wait, range) in waits.iter().zip(ranges) {
            assert!(range.contains(wait), "{waits:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_it() {
        let patient = Patient::new();
        let waits = (1..=7).map(|attempt| wait(&patient, attempt, 503, None).is_some());
        assert_eq!(waits.collect::<Vec<_>>(), [true, true, true, true, true, true, false]);
        // A read that goes on begins anew.
        assert!(wait(&patient, 1, 503, None).is_some());
        for code in [400, 403, 404, 412] {
            assert_eq!(wait(&Patient::new(), 1, code, None), None, "{code}");
        }
    }

    #[test]
    fn who_is_not_known_says_so_anew() {
        let patient = Patient::new();
        let waits: Vec<_> = (1..=3).map(|attempt| wait(&patient, attempt, 401, None)).collect();
        assert_eq!(waits, [Some(Duration::ZERO), Some(Duration::ZERO), None]);
    }
}
