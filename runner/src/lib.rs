//! The AIM runner: moves data, calls Waves, records what it did.
//!
//! Imports point downwards only:
//! `cli → jobs → {store, warehouse, serving, waves, record} → config`.

pub mod cli;
pub mod sample;
pub mod warehouse;
pub mod waves;
