//! Rate limits: a bucket of tokens per service and tenant. Who asked first is served first, and nobody waits
//! behind another longer than its own time limit.

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many requests a service takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests per minute.
    pub per_minute: NonZeroU32,
    /// Requests at once after a pause.
    pub burst: NonZeroU32,
}

/// Why no token was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// None came in time.
    #[error("No request was allowed within {0:?}: the rate limit is used up")]
    InTime(Duration),
    /// More were asked for than there ever are.
    #[error("{asked} requests at once are more than the limit of {burst}")]
    Ever {
        /// Asked for.
        asked: u32,
        /// The most there are.
        burst: u32,
    },
}

/// The bucket of one service and tenant. It starts full.
#[derive(Debug)]
pub struct Limiter {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    limit: Limit,
    /// Tokens are waited for one after the other; a fair queue, left by whoever gives up.
    queue: tokio::sync::Mutex<()>,
}

impl Limiter {
    /// A full bucket.
    pub fn new(limit: Limit) -> Self {
        let limiter = RateLimiter::direct_with_clock(quota(limit), TokioClock::new());
        Self { limiter, limit, queue: tokio::sync::Mutex::new(()) }
    }

    /// Takes `count` tokens, and waits for them at most so long.
    ///
    /// # Errors
    ///
    /// [`NoToken`].
    pub async fn acquire(&self, count: NonZeroU32, timeout: Duration) -> Result<(), NoToken> {
        let burst = self.limit.burst;
        if count > burst {
            return Err(NoToken::Ever { asked: count.get(), burst: burst.get() });
        }
        let wait = async {
            let _turn = self.queue.lock().await;
            // More than there are was refused above.
            while let Ok(Err(not_yet)) = self.limiter.check_n(count) {
                tokio::time::sleep(not_yet.wait_time_from(self.limiter.clock().now())).await;
            }
        };
        tokio::time::timeout(timeout, wait).await.map_err(|_| NoToken::InTime(timeout))
    }
}

/// Rounded so that it is never faster than the limit.
fn quota(limit: Limit) -> Quota {
    let nanoseconds = 60_000_000_000u64.div_ceil(u64::from(limit.per_minute.get()));
    let quota = Quota::with_period(Duration::from_nanos(nanoseconds));
    quota.unwrap_or(Quota::per_minute(limit.per_minute)).allow_burst(limit.burst)
}

/// The buckets of all services and tenants, made when they are first used.
#[derive(Debug, Default)]
pub struct Limiters(Mutex<HashMap<(String, String), Arc<Limiter>>>);

impl Limiters {
    /// The bucket of a service and tenant; `limit` is that of the service. Another limit than before makes another
    /// bucket (D-ING-11: it was ignored).
    pub fn get(&self, service: &str, tenant: &str, limit: Limit) -> Arc<Limiter> {
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (service.to_owned(), tenant.to_owned());
        let limiter = limiters.entry(key).or_insert_with(|| Arc::new(Limiter::new(limit)));
        if limiter.limit != limit {
            *limiter = Arc::new(Limiter::new(limit));
        }
        Arc::clone(limiter)
    }
}

/// Time since the bucket was made.
#[derive(Debug, Clone)]
struct TokioClock {
    origin: Instant,
}

impl TokioClock {
    fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.origin.elapsed().into()
    }
}

#[cfg(test)]
mod tests;
