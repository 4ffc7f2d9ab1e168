//! Features of a product's daily series: trends, volatilities, means and differences over windows,
//! and the quality of its listing.
//!
//! A missing value is NaN, in and out; an infinite price, rating, count or x counts as missing too.
//! A result that no double can hold is missing as well. Windows look back from each row ([`Frame`]),
//! and each is summed from its own rows only: a spike leaves nothing behind once it is out of the
//! window (D-FEA-5: running sums kept residues), and a constant series has a trend and a volatility
//! of exactly 0. A whole series takes time in proportion to its rows, whatever the window.

mod asin;
mod frame;
mod listing;
mod parts;
mod rolling;
mod velocity;

pub use asin::{AsinDay, AsinFeatures, FEATURES, WindowMode};
pub use frame::Frame;
pub use listing::{Listing, MissingInput, listing_quality};
pub use parts::{Line, Moments};
pub use rolling::{
    rolling_bsr_trend, rolling_difference, rolling_mean, rolling_trend, rolling_volatility,
};
pub use velocity::Ends;

/// How many values a window of this many rows or days needs before it has a result: 70 %, rounded up.
pub fn minimum_count(window: usize) -> usize {
    // In two parts, so that no window is too long.
    window / 10 * 7 + (window % 10 * 7).div_ceil(10)
}

/// What a trend is measured in: the reciprocal of a best-sellers rank, which grows as the rank
/// improves. A rank of 0 counts as missing, an infinite one has the reciprocal 0.
pub fn bsr_reciprocal(bsr: f64) -> f64 {
    finite(1.0 / bsr)
}

/// The value, or NaN where it is infinite.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

#[cfg(test)]
mod tests;
