//! What a run says about itself: the clock, the status file, the manifest, the cost report; and what it
//! keeps so that another process can continue it: the journal and the replies of Waves.

mod batches;
mod clock;
mod cost;
mod journal;
mod manifest;
mod snapshot;
mod status;
mod terminal;
mod verify;

pub use batches::{BatchStore, RequestHash};
pub use clock::Clock;
pub use cost::{CostReport, Tokens, Units};
pub use journal::{Closing, History, Inputs, Journal, Start};
pub use manifest::Manifest;
pub use snapshot::Snapshot;
pub use status::{Kept, Progress, StatusRecorder};
pub use terminal::Terminal;
pub use verify::{Verdict, verify};

/// What a run says about itself while it lasts, written whether it ends well or not.
pub struct RunLog {
    /// The status file.
    pub status: StatusRecorder,
    /// The manifest.
    pub manifest: Manifest,
}
