//! `aim asin`: every case writes files of its own, drives the built binary on them, and reads what it left.
//!
//! Figures are worked out by hand from the rules of each stage, or are those of the pipeline that this one
//! replaces, with `AIM_COMPAT=original`.

#[cfg(test)]
mod categories;
#[cfg(test)]
mod connectors;
#[cfg(test)]
mod features;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod ingest;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod labels_by_day;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod models;
#[cfg(test)]
#[path = "../reco/fixture/postgres.rs"]
#[allow(dead_code, reason = "another suite's server, of which this one needs less")]
mod postgres;
#[cfg(test)]
mod predict;
#[cfg(test)]
mod run;
#[cfg(test)]
mod schedule;
#[cfg(test)]
mod score;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod service;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod standardize;
#[cfg(test)]
mod week;
