//! What runs, in what order.

pub mod aim;
pub mod asin;
pub mod reco;
