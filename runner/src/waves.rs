//! The Waves recommendation service: given a vehicle and a size it answers with four hotbox products
//! and twenty more.
//!
//! `contract` is the JSON both sides speak; `client` calls a service and `run` sends a whole runlist or
//! all segments through it; `engine` is a deterministic recommender and `standin` serves it over HTTP, for runs and
//! tests without the real service. Nothing here reads configuration, files or the clock of a run.

pub mod client;
pub mod contract;
pub mod engine;
pub mod run;

pub mod standin;

pub use client::{Client, ClientConfig, WavesError};
pub use contract::{BatchRequest, BatchResponse, Cam, CamResult, PageQuery, Params, Usage};
pub use engine::{Candidate, Engine};
pub use run::{
    Progress, ResultSink, RunOptions, Runlist, SegmentOptions, Summary, run_global, run_segments,
};

pub use standin::{Faults, Options, Running, Standin};
