//! What runs, in what order.

pub mod aim;
pub mod reco;
