//! How often a batch or a page is asked for again, and how long it waits.

pub(super) use crate::retry::{Outcome, Retries, Step, asked_for};

use super::ClientConfig;
use crate::retry::Patience;

/// Further requests of one page.
const PAGE_RETRIES: u32 = 2;

impl Retries {
    /// As many as a batch has.
    pub(super) fn of_batch(config: &ClientConfig) -> Self {
        Self::new(patience(config))
    }

    /// Those of a page: fewer, with longer waits.
    pub(super) fn of_page(config: &ClientConfig) -> Self {
        let retries = config.max_retries.min(PAGE_RETRIES);
        Self::new(Patience { retries, first_wait: config.first_wait * 3 / 2, ..patience(config) })
    }
}

fn patience(config: &ClientConfig) -> Patience {
    let ClientConfig { max_retries, max_refreshes, first_wait, max_wait, jitter, .. } = *config;
    Patience { retries: max_retries, refreshes: max_refreshes, first_wait, max_wait, jitter }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use std::time::Duration;

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
}
