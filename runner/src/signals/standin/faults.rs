use clap::Args;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is to go wrong. Requests are counted from 1 since the start; the "first" switches queue up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Faults {
    /// Answer the first N requests with 429
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_429: u64,
    /// Answer the first N requests (after those of --fail-429) with 503
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_5xx: u64,
    /// Answer every Nth request with 429; 0 is never
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_429_every: u64,
    /// Answer every Nth request with 503; 0 is never
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub fail_5xx_every: u64,
    /// Answer every Nth request with a page instead of JSON; 0 is never
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub no_json_every: u64,
    /// Answer requests for this product with 404
    #[arg(long, value_name = "ASIN")]
    pub unknown: Vec<String>,
    /// Send `Retry-After: S` with every 429 and 503
    #[arg(long, value_name = "S")]
    pub retry_after: Option<u64>,
    /// Wait so many milliseconds before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow_ms: u64,
}

/// [`Faults`] with their counter.
#[derive(Debug)]
pub(super) struct FaultPlan {
    pub(super) faults: Faults,
    calls: AtomicU64,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Status(u16),
    NoJson,
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, calls: AtomicU64::new(0) }
    }

    /// Counts a request and says what is to go wrong with it.
    pub(super) fn next(&self, asin: &str) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let faults = &self.faults;
        let every = |n: u64| n > 0 && call.is_multiple_of(n);
        if faults.unknown.iter().any(|unknown| unknown == asin) {
            Some(Fault::Status(404))
        } else if call <= faults.fail_429 || every(faults.fail_429_every) {
            Some(Fault::Status(429))
        } else if call <= faults.fail_429.saturating_add(faults.fail_5xx)
            || every(faults.fail_5xx_every)
        {
            Some(Fault::Status(503))
        } else {
            every(faults.no_json_every).then_some(Fault::NoJson)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_requests_queue_up_and_periods_follow() {
        let faults = Faults {
            fail_429: 1,
            fail_5xx: 1,
            fail_429_every: 4,
            no_json_every: 3,
            unknown: vec!["B9".to_owned()],
            ..Faults::default()
        };
        let plan = FaultPlan::new(faults);
        let (s, j) = (|status| Some(Fault::Status(status)), Some(Fault::NoJson));
        let calls: Vec<_> = (0..5).map(|_| plan.next("B1")).collect();
        assert_eq!(calls, [s(429), s(503), j, s(429), None]);
        assert_eq!(plan.next("B9"), s(404));
    }
}
