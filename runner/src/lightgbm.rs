//! LightGBM itself, for training: its own shared library, loaded when it is first needed. Whoever only
//! scores does without it: the extension's `lgbm_predict` reads the models that are saved here.
//!
//! [`library`] finds and loads it and holds the only list of its functions; [`Dataset`] and [`Booster`] own
//! what they create there and keep the unsafe calls to themselves; [`train`] is the loop, with LightGBM's
//! rule of early stopping.

mod aliases;
mod booster;
mod dataset;
mod library;
mod parameters;
mod training;

pub use booster::{Booster, Importance};
pub use dataset::{Dataset, Table};
pub use library::LightGbm;
pub use parameters::Parameters;
pub use training::{Metric, Round, Stopping, Trained, train};
