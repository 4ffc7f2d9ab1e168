//! The AIM runner: moves data, calls Waves, records what it did.
//!
//! Imports point downwards only:
//! `cli → jobs → {store, warehouse, serving, waves, signals, record, runtime} → config`.

pub mod cli;
pub mod cloud;
pub mod config;
pub mod context;
pub mod jobs;
pub mod lightgbm;
pub mod record;
mod retry;
pub mod runtime;
pub mod sample;
pub mod secret;
pub mod serving;
pub mod signals;
pub mod store;
pub mod warehouse;
pub mod waves;
