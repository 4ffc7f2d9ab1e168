//! `aim run` from its input files to what it leaves: every case writes a small root of its own, drives
//! the built binary on it, and reads tables and files.
//!
//! Figures are worked out by hand beside the case, from the rules of each table.

#[cfg(test)]
mod cloud_run;
#[cfg(test)]
mod compat;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod dashboards;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod front_end;
#[cfg(test)]
mod merchandising;
#[cfg(test)]
mod publish;
#[cfg(test)]
mod recommend;
#[cfg(test)]
mod records;
#[cfg(test)]
mod repeat;
#[cfg(test)]
mod resume;
#[cfg(test)]
#[path = "../scripted_waves.rs"]
mod scripted_waves;
#[cfg(test)]
mod tyre_score;
#[cfg(test)]
mod verify;
