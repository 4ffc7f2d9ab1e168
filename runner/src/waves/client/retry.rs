//! What to do after a failed request: how often, how long to wait.

use super::ClientConfig;
use std::time::Duration;

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

/// What has been used up for one batch.
#[derive(Debug)]
pub(super) struct Retries<'a> {
    config: &'a ClientConfig,
    retries: u32,
    refreshes: u32,
}

impl<'a> Retries<'a> {
    /// Nothing has failed yet.
    pub(super) fn new(config: &'a ClientConfig) -> Self {
        Self { config, retries: 0, refreshes: 0 }
    }

    /// Decides and counts. A service may ask for a longer wait than ours, not for a shorter one.
    pub(super) fn next(&mut self, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Unauthorized if self.refreshes < self.config.max_refreshes => {
                self.refreshes += 1;
                Step::Refresh
            }
            Outcome::Transient { retry_after } if self.retries < self.config.max_retries => {
                let doubled = 2_u32.saturating_pow(self.retries);
                let ours = self.config.first_wait.saturating_mul(doubled);
                self.retries += 1;
                Step::Wait(ours.max(retry_after.unwrap_or_default()).min(self.config.max_wait))
            }
            _ => Step::GiveUp,
        }
    }
}

/// Reads `Retry-After`: seconds, or a date. A date that has passed is no wait.
pub(super) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
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

    fn steps(outcomes: &[Outcome]) -> Vec<Step> {
        let config = ClientConfig::new("http://localhost", Secret::new("p"));
        let mut retries = Retries::new(&config);
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
