//! Faults on demand, so that what a client does about them can be seen.

use clap::Args;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What is to go wrong. Calls are batch and page requests with a valid session, counted from 1 since the
/// start. The "first" switches queue up: `--fail-401 1 --fail-429 2` answers 401, 429, 429, and then
/// properly. Of several that apply to one call 401 goes before 429 before 5xx.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Faults {
    /// Answer the first N calls with 401
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_401: u64,
    /// Answer the first N calls (after those of --fail-401) with 429
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_429: u64,
    /// Answer the first N calls (after those of --fail-401 and --fail-429) with 500
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_5xx: u64,
    /// Answer every Nth call with 401; 0 is never, 1 is always
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_401_every: u64,
    /// Answer every Nth call with 429; 0 is never, 1 is always
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_429_every: u64,
    /// Answer every Nth call with 500; 0 is never, 1 is always
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_5xx_every: u64,
    /// Send `Retry-After: S` with every 429 and 500
    #[arg(long, value_name = "S")]
    pub retry_after: Option<u64>,
    /// Wait so many milliseconds before every answer to a call
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow_ms: u64,
    /// Leave the second half of the results out of every Nth proper answer (of a single result: all)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub short_reply: u64,
    /// Repeat the last result at the end of every Nth proper answer
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub long_reply: u64,
    /// Answer every Nth CAM of each request with UPSTREAM_ERROR, some hotboxes filled, some not
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_cam: u64,
    /// Answer /app with 404, as services without a page of segments do
    #[arg(long)]
    pub no_app: bool,
    /// Add N prompt tokens to every CAM of a batch that does not disable the search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub search_tokens: u64,
}

/// [`Faults`] with their counters.
#[derive(Debug)]
pub(super) struct FaultPlan {
    pub(super) faults: Faults,
    calls: AtomicU64,
    answers: AtomicU64,
}

/// What happens to the length of a proper answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Right,
    Short,
    Long,
}

impl FaultPlan {
    /// Nothing has been called yet.
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, calls: AtomicU64::new(0), answers: AtomicU64::new(0) }
    }

    /// Counts a call and says with which status it is to fail, if it is.
    pub(super) fn next_call(&self) -> Option<u16> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let Faults { fail_401, fail_429, fail_5xx, .. } = self.faults;
        let after_401 = fail_401.saturating_add(fail_429);
        if call <= fail_401 {
            Some(401)
        } else if call <= after_401 {
            Some(429)
        } else if call <= after_401.saturating_add(fail_5xx) {
            Some(500)
        } else if is_nth(call, self.faults.fail_401_every) {
            Some(401)
        } else if is_nth(call, self.faults.fail_429_every) {
            Some(429)
        } else if is_nth(call, self.faults.fail_5xx_every) {
            Some(500)
        } else {
            None
        }
    }

    /// Counts a proper answer and says how long it is to be.
    pub(super) fn next_length(&self) -> Length {
        let answer = self.answers.fetch_add(1, Ordering::Relaxed) + 1;
        if is_nth(answer, self.faults.short_reply) {
            Length::Short
        } else if is_nth(answer, self.faults.long_reply) {
            Length::Long
        } else {
            Length::Right
        }
    }

    /// Whether the CAM at this place of a request, counted from 0, is to fail. Independent of other
    /// requests, so that concurrent batches get the same answers in any order.
    pub(super) fn fails_cam(&self, place: usize) -> bool {
        is_nth(place as u64 + 1, self.faults.fail_cam)
    }

    /// The wait before an answer.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.faults.slow_ms)
    }
}

fn is_nth(count: u64, every: u64) -> bool {
    every > 0 && count.is_multiple_of(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_calls_queue_up_and_periods_follow() {
        let plan = FaultPlan::new(Faults {
            fail_401: 1,
            fail_429: 2,
            fail_5xx: 1,
            fail_429_every: 3,
            fail_5xx_every: 2,
            ..Faults::default()
        });
        let calls: Vec<u16> = (0..9).map(|_| plan.next_call().unwrap_or(200)).collect();
        assert_eq!(calls, [401, 429, 429, 500, 200, 429, 200, 500, 429]);
    }

    #[test]
    fn lengths_and_cams_follow_their_own_counts() {
        let plan = FaultPlan::new(Faults { short_reply: 2, fail_cam: 3, ..Faults::default() });
        assert_eq!([plan.next_length(), plan.next_length()], [Length::Right, Length::Short]);
        let failing: Vec<usize> = (0..7).filter(|&place| plan.fails_cam(place)).collect();
        assert_eq!(failing, [2, 5]);
    }
}
