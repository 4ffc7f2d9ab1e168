use super::manifest::Manifest;
use super::status::Kept;
use serde::{Deserialize, Serialize};

/// What a run has come to at a moment when its working copy is whole: after the preparation, and after
/// each stage. A process that continues the run begins with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// The stages that are done, by their numbers, and the seconds each took.
    pub stages: Vec<(u32, f64)>,
    /// Seconds of them that Waves took.
    pub waves_s: f64,
    /// The manifest so far.
    pub manifest: Manifest,
    /// What the status file says of results.
    pub kept: Kept,
}
