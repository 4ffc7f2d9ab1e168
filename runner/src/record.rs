//! What a run says about itself: the clock, the status file, the manifest, the cost report.

mod batches;
mod clock;
mod cost;
mod manifest;
mod status;

pub use batches::{BatchStore, RequestHash};
pub use clock::Clock;
pub use cost::{CostReport, Units};
pub use manifest::Manifest;
pub use status::{Progress, StatusRecorder};

/// What a run says about itself while it lasts, written whether it ends well or not.
pub struct RunLog {
    /// The status file.
    pub status: StatusRecorder,
    /// The manifest.
    pub manifest: Manifest,
}
