//! The ASIN pipeline: daily signals of products → mart → features → score → candidates. Each stage is a
//! function on the rows of a file or of a table ([`frame`]); what it computes is SQL under `sql/asin` on
//! the extension's functions.

pub mod alerts;
pub mod candidates;
mod choices;
pub mod cloud;
pub mod evaluate;
pub mod features;
mod files;
pub mod frame;
pub mod ingest;
pub mod labels;
pub mod predict;
pub mod quality;
pub mod registry;
pub mod report;
pub mod run;
mod samples;
mod scope;
pub mod score;
pub mod settings;
pub mod standardize;
pub mod storage;
pub mod train;
pub mod tune;
pub mod validate;

pub use choices::Choices;
pub use scope::Scope;
pub use settings::Settings;

use crate::config::{Config, Environment};
use crate::record::Clock;
use crate::store::LocalStore;
use std::sync::Arc;

/// The folder of the job below the local root: its warehouse, settings, raw data, exports.
pub const FOLDER: &str = "asin";

/// What every stage is given.
pub struct Asin {
    /// The program's settings.
    pub config: Config,
    /// The job's settings.
    pub settings: Settings,
    /// What the compatibility switch decides.
    pub choices: Choices,
    /// The days and products it is about.
    pub scope: Scope,
    /// The clock; its beginning is the run's `now`.
    pub clock: Clock,
    /// Variables; secrets are among them.
    pub environment: Environment,
    /// The job's folder.
    pub store: LocalStore,
    /// Where tables and files go in the end; absent in a local run.
    pub cloud: Option<Arc<cloud::Cloud>>,
}
