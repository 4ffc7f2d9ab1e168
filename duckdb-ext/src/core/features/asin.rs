//! The features of a product's whole daily series at once.

use super::frame::Frame;
use super::{
    minimum_count, rolling_bsr_trend, rolling_difference, rolling_mean, rolling_volatility,
};
use std::num::NonZeroUsize;

/// The rolling windows, in rows or days; their trends, volatilities and means are the first features.
const WINDOWS: [NonZeroUsize; 3] = [window(7), window(14), window(30)];

/// How far back review velocity looks, in rows or days.
const VELOCITY_LAG: usize = 14;

/// The window of estimated sales, in rows or days.
const SALES_WINDOW: NonZeroUsize = window(30);

const fn window(length: usize) -> NonZeroUsize {
    NonZeroUsize::new(length).expect("a window has rows")
}

/// The names of the features, in order.
pub const FEATURES: [&str; 12] = [
    "bsr_trend_7",
    "price_vol_7",
    "rating_mean_7",
    "bsr_trend_14",
    "price_vol_14",
    "rating_mean_14",
    "bsr_trend_30",
    "price_vol_30",
    "rating_mean_30",
    "review_vel_14",
    "est_sales_30",
    "listing_quality",
];

/// What is known of a product on one day; NaN where it is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AsinDay {
    /// The day's number.
    pub day: Option<i32>,
    /// The best-sellers rank.
    pub bsr: f64,
    /// The price.
    pub price: f64,
    /// The mean rating.
    pub rating: f64,
    /// How many reviews there are.
    pub reviews_count: f64,
    /// The estimated sales.
    pub est_sales: f64,
    /// The quality of the listing, which is a feature as it is.
    pub listing_quality: f64,
    /// How many inputs of the listing's quality are missing; goes along with the features.
    pub listing_missing: Option<i32>,
}

/// What the length of a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WindowMode {
    /// Rows: a missing day makes the window reach further back.
    #[default]
    Rows,
    /// Days; the minimum counts stay the same. Rows without a day have no rolling features.
    Calendar,
}

/// The features of one series after the other, in memory that is used again.
#[derive(Debug, Default)]
pub struct AsinFeatures {
    days: Vec<Option<i32>>,
    input: Vec<f64>,
    output: Vec<f64>,
}

impl AsinFeatures {
    /// Computes the [`FEATURES`] of a series in order of its days, those without one last, and hands
    /// each to `take`: its position and a value per row, NaN where it is missing.
    ///
    /// # Errors
    ///
    /// Those of `take`.
    pub fn compute<E>(
        &mut self,
        series: &[AsinDay],
        mode: WindowMode,
        mut take: impl FnMut(usize, &[f64]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self { days, input, output } = self;
        days.clear();
        days.extend(series.iter().map(|row| row.day));
        let days = match mode {
            WindowMode::Rows => None,
            WindowMode::Calendar => Some(days.as_slice()),
        };
        let frame = |span| days.map_or(Frame::Rows(span), |days| Frame::Days { days, span });
        let windows = WINDOWS.map(|span| (frame(span), minimum_count(span.get())));
        let mut feature = |at: usize, roll: &dyn Fn(&mut Vec<f64>)| {
            output.clear();
            roll(output);
            take(at, output)
        };
        fill(input, series, |row| row.bsr);
        for (at, (frame, minimum)) in (0..).step_by(3).zip(windows) {
            feature(at, &|out| rolling_bsr_trend(input, frame, minimum, out))?;
        }
        fill(input, series, |row| row.price);
        for (at, (frame, minimum)) in (1..).step_by(3).zip(windows) {
            feature(at, &|out| rolling_volatility(input, frame, minimum, out))?;
        }
        fill(input, series, |row| row.rating);
        for (at, (frame, minimum)) in (2..).step_by(3).zip(windows) {
            feature(at, &|out| rolling_mean(input, frame, minimum, out))?;
        }
        fill(input, series, |row| row.reviews_count);
        feature(9, &|out| rolling_difference(input, days, VELOCITY_LAG, out))?;
        fill(input, series, |row| row.est_sales);
        let minimum = minimum_count(SALES_WINDOW.get());
        feature(10, &|out| rolling_mean(input, frame(SALES_WINDOW), minimum, out))?;
        fill(input, series, |row| row.listing_quality);
        feature(11, &|out| out.extend_from_slice(input))
    }
}

/// Puts one input of each row into `input`.
fn fill(input: &mut Vec<f64>, series: &[AsinDay], value: fn(&AsinDay) -> f64) {
    input.clear();
    input.extend(series.iter().map(value));
}
