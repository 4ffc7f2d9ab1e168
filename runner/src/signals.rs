//! Where signals of products come from: services behind rate limits, and a stand-in for the one that the
//! pipeline needs.
//!
//! [`Service`] is the one way to call any of them: limiter, time limit, retries, counts. [`unified`] is the
//! API that has everything; [`keepa`] and [`keywords`] are others, whose answers become the same records.
//! Nothing here reads configuration or files.

pub mod backoff;
pub mod keepa;
pub mod keywords;
pub mod limiter;
pub mod service;
pub mod standin;
pub mod unified;

pub use backoff::Backoff;
pub use limiter::{Limit, Limiter, Limiters};
pub use service::{CallError, Counts, Service, ServiceOptions};
pub use unified::{Kind, Unified};
