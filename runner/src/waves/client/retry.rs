//! What to do after a failed request: how often, how long to wait.

use super::ClientConfig;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Further requests of one page.
const PAGE_RETRIES: u32 = 2;

/// What a failure means for the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 401: the session has ended.
    Unauthorized,
    /// 429, 5xx, a timeout or a broken connection: may work later.
    Transient {
        /// What the service asks for.
        retry_after: Option<Duration>,
    },
    /// Will fail again.
    Permanent,
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Log in and send again at once.
    Refresh,
    /// Wait and send again.
    Wait(Duration),
    /// Report the failure.
    GiveUp,
}

/// What is left to try for one request.
#[derive(Debug)]
pub(super) struct Retries {
    retries: u32,
    refreshes: u32,
    next_wait: Duration,
    max_wait: Duration,
    jitter: f64,
}

impl Retries {
    /// As many as a batch has.
    pub(super) fn of_batch(config: &ClientConfig) -> Self {
        let ClientConfig { max_retries, max_refreshes, first_wait, max_wait, jitter, .. } = *config;
        Self {
            retries: max_retries,
            refreshes: max_refreshes,
            next_wait: first_wait,
            max_wait,
            jitter,
        }
    }

    /// Those of a page: fewer, with longer waits.
    pub(super) fn of_page(config: &ClientConfig) -> Self {
        let retries = config.max_retries.min(PAGE_RETRIES);
        Self { retries, next_wait: config.first_wait * 3 / 2, ..Self::of_batch(config) }
    }

    /// Decides and counts. A service may ask for a longer wait than ours, not for a shorter one.
    pub(super) fn next(&mut self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Unauthorized if self.refreshes > 0 => {
                self.refreshes -= 1;
                Step::Refresh
            }
            Outcome::Transient { retry_after } if self.retries > 0 => {
                self.retries -= 1;
                let wait = self.next_wait.max(retry_after.unwrap_or_default()).min(self.max_wait);
                self.next_wait = self.next_wait.saturating_mul(2);
                Step::Wait(wait.mul_f64(1.0 + self.jitter * random()).min(self.max_wait))
            }
            _ => Step::GiveUp,
        }
    }
}

/// From 0 to 1; the standard library seeds every hasher anew.
fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

/// Reads `Retry-After`: seconds, or a date. A date that has passed is no wait.
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
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
    use crate::secret::Secret;

    const BUSY: Outcome = Outcome::Transient { retry_after: None };

    fn config() -> ClientConfig {
        ClientConfig { jitter: 0.0, ..ClientConfig::new("http://localhost", Secret::new("p")) }
    }

    fn steps(outcomes: &[Outcome]) -> Vec<Step> {
        let mut retries = Retries::of_batch(&config());
        outcomes.iter().map(|&outcome| retries.next(outcome)).collect()
    }

    fn wait(seconds: u64) -> Step {
        Step::Wait(Duration::from_secs(seconds))
    }

    #[test]
    fn waits_one_two_four_seconds_then_gives_up() {
        assert_eq!(steps(&[BUSY; 4]), [wait(1), wait(2), wait(4), Step::GiveUp]);
    }

    #[test]
    fn pages_wait_one_and_a_half_and_three_seconds() {
        let mut retries = Retries::of_page(&config());
        let steps = [BUSY; 3].map(|outcome| retries.next(outcome));
        assert_eq!(steps, [Step::Wait(Duration::from_millis(1_500)), wait(3), Step::GiveUp]);
    }

    #[test]
    fn jitter_lengthens_differently_each_time_up_to_the_limit() {
        let config = ClientConfig { jitter: 0.5, ..config() };
        let first = || match Retries::of_batch(&config).next(BUSY) {
            Step::Wait(delay) => delay,
            step => panic!("{step:?}"),
        };
        let waits: Vec<Duration> = (0..100).map(|_| first()).collect();
        let within = Duration::from_secs(1)..=Duration::from_millis(1_500);
        assert!(waits.iter().all(|delay| within.contains(delay)), "{waits:?}");
        assert!(waits.iter().any(|delay| *delay != waits[0]));
        let capped = ClientConfig { max_wait: Duration::from_secs(1), ..config };
        assert_eq!(Retries::of_batch(&capped).next(BUSY), wait(1));
    }

    #[test]
    fn two_refreshes_use_no_retry() {
        use Outcome::Unauthorized;
        assert_eq!(
            steps(&[Unauthorized, BUSY, Unauthorized, BUSY, Unauthorized]),
            [Step::Refresh, wait(1), Step::Refresh, wait(2), Step::GiveUp]
        );
    }

    #[test]
    fn other_failures_end_at_once() {
        assert_eq!(steps(&[Outcome::Permanent]), [Step::GiveUp]);
    }

    #[test]
    fn retry_after_lengthens_but_neither_shortens_nor_runs_wild() {
        let asked =
            |seconds| Outcome::Transient { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(steps(&[asked(7), asked(0), asked(86_400)]), [wait(7), wait(2), wait(60)]);
    }

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
