//! Tyres: sizes as people write them, vehicle names, label points and the tyre score.

mod key;
mod rank;
mod repair;
mod scan;
mod size;

pub use key::{safe_int, vehicle_key};
pub use rank::{Label, Labels, Weights, label_points, tyre_rank, tyre_tier};
pub use repair::{SizeForms, repair};
pub use size::{TyreSize, normalize_size, parse_size, size_part};

#[cfg(test)]
mod tests;
