//! `aim asin`: every case writes files of its own, drives the built binary on them, and reads what it left.
//!
//! Figures are worked out by hand from the rules of each stage, or are those of the pipeline that this one
//! replaces, with `AIM_COMPAT=original`.

#[cfg(test)]
mod features;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod labels;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod models;
#[cfg(test)]
mod score;
#[cfg(test)]
mod standardize;
