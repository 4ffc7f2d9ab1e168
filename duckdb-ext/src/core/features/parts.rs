//! What a set of rows amounts to, in a form that two sets can be merged in.
//!
//! Means and sums of squared deviations are merged by the rule of Chan, Golub and LeVeque, which
//! loses no digits to large values, and no deviation arises between equal ones.

use super::finite;
use super::frame::Part;

/// The count and sum of the values that are present.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) n: f64,
    sum: f64,
}

impl Sum {
    /// One value; none if it is not finite.
    pub(super) fn of(value: f64) -> Self {
        if value.is_finite() { Self { n: 1.0, sum: value } } else { Self::EMPTY }
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum / self.n
    }
}

impl Part for Sum {
    const EMPTY: Self = Self { n: 0.0, sum: 0.0 };

    fn merge(self, newer: Self) -> Self {
        Self { n: self.n + newer.n, sum: self.sum + newer.sum }
    }
}

/// The count, mean and spread of the values that are present.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    n: f64,
    mean: f64,
    /// The sum of the squared deviations from the mean.
    squares: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Moments {
    /// One value; none if it is not finite.
    pub fn of(value: f64) -> Self {
        if value.is_finite() { Self { n: 1.0, mean: value, squares: 0.0 } } else { Self::EMPTY }
    }

    /// The moments of all values.
    pub fn of_all(values: impl IntoIterator<Item = f64>) -> Self {
        values.into_iter().map(Self::of).fold(Self::EMPTY, Self::merge)
    }

    /// Both sets of values together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.n == 0.0 || other.n == 0.0 {
            return if self.n == 0.0 { other } else { self };
        }
        let n = self.n + other.n;
        let share = other.n / n;
        let delta = other.mean - self.mean;
        Self {
            n,
            mean: self.mean + delta * share,
            squares: self.squares + other.squares + delta * delta * (self.n * share),
        }
    }

    /// Sample standard deviation (divisor n − 1) over mean: 0 for equal values, NaN for fewer than
    /// `minimum` values or fewer than two, and for a mean of 0. Deviations beyond about 1e±154,
    /// whose squares a double cannot hold, give NaN or 0.
    pub fn volatility(&self, minimum: usize) -> f64 {
        if self.n < minimum.max(2) as f64 {
            return f64::NAN;
        }
        finite((self.squares / (self.n - 1.0)).sqrt() / self.mean)
    }
}

impl Part for Moments {
    const EMPTY: Self = Self { n: 0.0, mean: 0.0, squares: 0.0 };

    fn merge(self, newer: Self) -> Self {
        Self::merge(self, newer)
    }
}

/// Points to lay a least-squares line through. One missing x or y makes the line missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    n: f64,
    mean_x: f64,
    mean_y: f64,
    /// The sum of the squared deviations of x.
    squares: f64,
    /// The sum of the products of both deviations.
    products: f64,
}

impl Default for Line {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Line {
    /// One point.
    pub fn of(x: f64, y: f64) -> Self {
        Self { n: 1.0, mean_x: finite(x), mean_y: finite(y), squares: 0.0, products: 0.0 }
    }

    /// The points (x, y); without `xs`, x counts from 0. Both slices are of one length.
    pub fn of_all(ys: &[f64], xs: Option<&[f64]>) -> Self {
        let x = |at: usize| xs.map_or(at as f64, |xs| xs[at]);
        ys.iter().enumerate().fold(Self::EMPTY, |line, (at, y)| line.merge(Self::of(x(at), *y)))
    }

    /// Both sets of points together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.n == 0.0 || other.n == 0.0 {
            return if self.n == 0.0 { other } else { self };
        }
        let n = self.n + other.n;
        let share = other.n / n;
        let (dx, dy) = (other.mean_x - self.mean_x, other.mean_y - self.mean_y);
        let weight = self.n * share;
        Self {
            n,
            mean_x: self.mean_x + dx * share,
            mean_y: self.mean_y + dy * share,
            squares: self.squares + other.squares + dx * dx * weight,
            products: self.products + other.products + dx * dy * weight,
        }
    }

    /// The slope Σ(x−x̄)(y−ȳ) / Σ(x−x̄)²; 0 for a single point. NaN for fewer than `minimum` points or
    /// none, where a point misses a coordinate, and where several points share one x.
    pub fn slope(&self, minimum: usize) -> f64 {
        if self.n < minimum.max(1) as f64 {
            f64::NAN
        } else if self.n == 1.0 {
            if self.mean_x.is_nan() || self.mean_y.is_nan() { f64::NAN } else { 0.0 }
        } else {
            finite(self.products / self.squares)
        }
    }
}

impl Part for Line {
    const EMPTY: Self = Self { n: 0.0, mean_x: 0.0, mean_y: 0.0, squares: 0.0, products: 0.0 };

    fn merge(self, newer: Self) -> Self {
        Self::merge(self, newer)
    }
}
