//! What a run says about itself: the clock, the status file, the manifest, the cost report.

mod clock;
mod cost;
mod manifest;
mod status;

pub use clock::Clock;
pub use cost::{CostReport, Units};
pub use manifest::Manifest;
pub use status::{Progress, StatusRecorder};
