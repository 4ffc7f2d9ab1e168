//! What to do after a failed request, whoever it was sent to: how often, how long to wait.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// What a failure means for the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 401: who asks has to say anew who that is.
    Unauthorized,
    /// 408, 429, 5xx, a timeout or a broken connection: may work later.
    Transient {
        /// What the service asks for.
        retry_after: Option<Duration>,
    },
    /// Will fail again.
    Permanent,
}

impl Outcome {
    /// What a status that is no success means.
    pub(crate) fn of(status: StatusCode, retry_after: Option<Duration>) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Self::Transient { retry_after }
            }
            status if status.is_server_error() => Self::Transient { retry_after },
            _ => Self::Permanent,
        }
    }
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Log in and send again at once.
    Refresh,
    /// Wait and send again.
    Wait(Duration),
    /// Report the failure.
    GiveUp,
}

/// How patient to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Further requests after a failure that may pass.
    pub(crate) retries: u32,
    /// Further logins; they do not count as retries.
    pub(crate) refreshes: u32,
    /// Wait before the first retry; each further one doubles it.
    pub(crate) first_wait: Duration,
    /// Longest wait, also when the service asks for more.
    pub(crate) max_wait: Duration,
    /// Longest addition to a wait, as a share of it and drawn anew each time.
    pub(crate) jitter: f64,
}

/// What is left to try for one request.
#[derive(Debug)]
pub(crate) struct Retries {
    patience: Patience,
    next_wait: Duration,
}

impl Retries {
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, next_wait: patience.first_wait }
    }

    /// Decides and counts. A service may ask for a longer wait than ours, not for a shorter one.
    pub(crate) fn next(&mut self, outcome: Outcome) -> Step {
        let Patience { retries, refreshes, max_wait, jitter, .. } = &mut self.patience;
        match outcome {
            Outcome::Unauthorized if *refreshes > 0 => {
                *refreshes -= 1;
                Step::Refresh
            }
            Outcome::Transient { retry_after } if *retries > 0 => {
                *retries -= 1;
                let wait = self.next_wait.max(retry_after.unwrap_or_default()).min(*max_wait);
                self.next_wait = self.next_wait.saturating_mul(2);
                Step::Wait(wait.mul_f64(1.0 + *jitter * random()).min(*max_wait))
            }
            _ => Step::GiveUp,
        }
    }
}

/// From 0 to 1; the standard library seeds every hasher anew.
pub(crate) fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

/// How long an answer asks to wait, if it does.
pub(crate) fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, jiff::Timestamp::now())
}

/// Reads `Retry-After`: seconds, or a date. A date that has passed is no wait.
fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: jiff::Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }
}
