//! How long to wait before a request is sent again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Waits that double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub base: Duration,
    /// Waits are so much longer or shorter, at random.
    pub jitter: Duration,
    /// The longest wait, jitter included (D-ING-8: it came on top).
    pub max: Duration,
}

impl Backoff {
    /// The wait after the attempt with this number, counted from 0. A service may ask for a longer one, up to the
    /// longest.
    pub fn delay(&self, attempt: u32, retry_after: Option<Duration>) -> Duration {
        self.delay_with(attempt, retry_after, random())
    }

    /// `random` is from -1 to 1.
    fn delay_with(&self, attempt: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        let doubled = self.base.saturating_mul(2u32.saturating_pow(attempt));
        let wait = doubled.min(self.max).as_secs_f64() + self.jitter.as_secs_f64() * random;
        let wait = Duration::try_from_secs_f64(wait.max(0.0)).unwrap_or(self.max);
        wait.max(retry_after.unwrap_or_default()).min(self.max)
    }
}

/// From -1 to 1; the standard library seeds every hasher anew.
fn random() -> f64 {
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64 * 2.0 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(base: u64, jitter: u64, max: u64) -> Backoff {
        let ms = Duration::from_millis;
        Backoff { base: ms(base), jitter: ms(jitter), max: ms(max) }
    }

    fn range(backoff: Backoff, attempt: u32) -> [u128; 2] {
        [-1.0, 1.0].map(|random| backoff.delay_with(attempt, None, random).as_millis())
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = backoff(500, 0, 60_000);
        let waits: Vec<u128> = (0..9).map(|at| backoff.delay(at, None).as_millis()).collect();
        assert_eq!(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff.delay(40, None).as_secs(), 60);
    }

    #[test]
    fn jitter_goes_both_ways_and_stays_below_the_longest() {
        let usual = backoff(500, 300, 60_000);
        let ranges = [0, 1, 2, 3, 7].map(|attempt| range(usual, attempt));
        let expected = [[200, 800], [700, 1300], [1700, 2300], [3700, 4300], [59_700, 60_000]];
        assert_eq!(ranges, expected);
        assert_eq!(range(backoff(100, 300, 1_000), 0), [0, 400]);
        let webhooks = backoff(250, 100, 2_000);
        assert_eq!([range(webhooks, 0), range(webhooks, 1)], [[150, 350], [400, 600]]);
    }

    #[test]
    fn a_service_may_ask_for_more_but_not_for_everything() {
        let backoff = backoff(500, 0, 60_000);
        let asked = |seconds| backoff.delay(0, Some(Duration::from_secs(seconds))).as_millis();
        assert_eq!([asked(0), asked(7), asked(3_600)], [500, 7_000, 60_000]);
    }
}
