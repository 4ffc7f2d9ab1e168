//! What can go wrong with a call, and with which.

use crate::proxy::Service;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reqwest::StatusCode;
use std::time::Duration;

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused, as the real services refuse; with or without `Retry-After`.
    Status(StatusCode, Option<Duration>),
    /// It is refused by something on the way, which answers with a page.
    Page(StatusCode),
    /// Its connection ends before the service has seen it.
    Reset,
    /// The service does what it is asked for, and nobody hears of it.
    LostReply,
    /// Half of the answer comes.
    Truncated,
    /// The service gets it twice.
    Duplicated,
    /// It takes a while.
    Slow(Duration),
}

/// Which calls are hit, with what.
pub(crate) struct Faults {
    rules: Vec<Rule>,
    random: ChaCha8Rng,
    pub(crate) hits: usize,
}

struct Rule {
    service: Service,
    /// Part of what the call is: method, path and query.
    part: String,
    /// How many of them, from 0 to 1.
    share: f64,
    faults: Vec<Fault>,
}

impl Faults {
    pub(crate) fn none() -> Self {
        Self { rules: Vec::new(), random: ChaCha8Rng::seed_from_u64(7), hits: 0 }
    }

    /// Everything that may pass, at a share of all calls of both services.
    pub(crate) fn passing(share: f64) -> Self {
        let passing = [
            Fault::Status(StatusCode::TOO_MANY_REQUESTS, None),
            Fault::Status(StatusCode::TOO_MANY_REQUESTS, Some(Duration::from_secs(1))),
            Fault::Status(StatusCode::INTERNAL_SERVER_ERROR, None),
            Fault::Status(StatusCode::SERVICE_UNAVAILABLE, None),
            Fault::Page(StatusCode::SERVICE_UNAVAILABLE),
            Fault::Reset,
            Fault::LostReply,
            Fault::Truncated,
            Fault::Slow(Duration::from_millis(300)),
        ];
        let none = Self::none();
        none.with(Service::Storage, "", share, passing).with(Service::BigQuery, "", share, passing)
    }

    /// Has a share of the calls that have this part go wrong.
    pub(crate) fn with(
        mut self,
        service: Service,
        part: &str,
        share: f64,
        faults: impl Into<Vec<Fault>>,
    ) -> Self {
        let (part, faults) = (part.to_owned(), faults.into());
        self.rules.push(Rule { service, part, share, faults });
        self
    }

    pub(crate) fn next(&mut self, service: Service, call: &str) -> Option<Fault> {
        for rule in &self.rules {
            let meant = rule.service == service && call.contains(&rule.part);
            if meant && self.random.random_bool(rule.share) {
                self.hits += 1;
                let at = self.random.random_range(0..rule.faults.len());
                return Some(rule.faults[at]);
            }
        }
        None
    }
}
