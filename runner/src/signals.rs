//! Where signals of products come from: services behind rate limits, and a stand-in of each.
//!
//! [`Service`] is the one way to call any of them: limiter, time limit, retries, counts. [`unified`] is the
//! API that has everything; [`keepa`], [`keywords`], [`paapi`] and [`spapi`] are others, whose answers become
//! the same records. Nothing here reads configuration or files.

pub mod backoff;
pub mod batch;
pub mod keepa;
pub mod keywords;
pub mod limiter;
pub mod market;
pub mod paapi;
pub mod service;
pub mod sigv4;
pub mod spapi;
pub mod standin;
pub mod unified;

pub use backoff::Backoff;
pub use batch::{Batch, Days, Found, Lacking};
pub use keepa::Keepa;
pub use keywords::Keywords;
pub use limiter::{Limit, Limiter, Limiters};
pub use market::Market;
pub use paapi::Paapi;
pub use service::{CallError, Counts, Refusal, Service, ServiceOptions};
pub use spapi::Spapi;
pub use unified::{Kind, Unified};
