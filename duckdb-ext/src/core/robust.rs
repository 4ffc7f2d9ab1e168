//! Robust location and scale: median, median absolute deviation, and the z-score made of them.
//!
//! A missing value is `None` or NaN; both are left out of the statistics and have no z-score.
//! Infinite values are values: they take part in the medians, and their z-score is infinite.

/// Turns a median absolute deviation into an estimate of a normal distribution's standard deviation.
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_601_8;

/// Turns a mean absolute deviation into an estimate of a normal distribution's standard deviation.
pub const AAD_TO_SIGMA: f64 = 1.253_314_137_315_500_3;

/// What stands in for a median absolute deviation of zero under [`ZeroMad::Epsilon`].
pub const ZERO_MAD_EPSILON: f64 = 1e-9;

/// Robust statistics of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RobustStats {
    /// How many values were present.
    pub n: u64,
    /// The median; of an even count, the mean of the two middle values.
    pub median: f64,
    /// The median of the absolute deviations from the median, without a scale factor.
    pub mad: f64,
    /// The mean of the absolute deviations from the median.
    pub aad: f64,
}

/// What a z-score is when more than half of a group share one value, so that its MAD is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroMad {
    /// The MAD becomes [`ZERO_MAD_EPSILON`]: scores of the order of a billion. Kept to reproduce
    /// older results.
    Epsilon,
    /// The mean absolute deviation takes its place, both scaled to a normal distribution's standard
    /// deviation. Where that is zero too, all values are equal and the score is 0.
    #[default]
    MeanDeviation,
}

/// How a z-score is scaled and bounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZScoreOptions {
    /// Divides the score: 1 leaves deviations in units of the MAD, [`MAD_TO_SIGMA`] turns them into
    /// units of a normal distribution's standard deviation.
    pub scale: f64,
    /// Bounds the score to ±clip.
    pub clip: Option<f64>,
    /// The rule for a MAD of zero.
    pub zero_mad: ZeroMad,
}

impl Default for ZScoreOptions {
    fn default() -> Self {
        Self { scale: 1.0, clip: None, zero_mad: ZeroMad::default() }
    }
}

/// The median of `values`, which must hold no NaN; reorders them. `None` when there are none.
pub fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    if !even {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(midpoint(lower, upper))
}

/// The mean of two values; halves first where their sum would overflow.
fn midpoint(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.is_infinite() && a.is_finite() && b.is_finite() { a / 2.0 + b / 2.0 } else { sum / 2.0 }
}

/// The robust statistics of `values`; NaN counts as missing. Reorders `values`, and uses `scratch`
/// so that calls for many groups share one allocation. `None` when no value is present.
pub fn robust_stats(values: &mut Vec<f64>, scratch: &mut Vec<f64>) -> Option<RobustStats> {
    values.retain(|value| !value.is_nan());
    let median_value = median(values)?;
    scratch.clear();
    // inf − inf is no deviation at all: it is left out like any other missing value.
    scratch.extend(values.iter().map(|x| (x - median_value).abs()).filter(|d| !d.is_nan()));
    let aad = sum(scratch) / scratch.len() as f64;
    let mad = median(scratch).unwrap_or(f64::NAN);
    Some(RobustStats { n: values.len() as u64, median: median_value, mad, aad })
}

/// A compensated sum (Neumaier): the last bit does not depend on the order in which threads handed
/// the values over.
fn sum(values: &[f64]) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for &value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() {
            (total - next) + value
        } else {
            (value - next) + total
        };
        total = next;
    }
    if lost.is_finite() { total + lost } else { total }
}

/// The robust z-score of `x` in a group with these statistics: (x − median) / MAD, divided by the
/// scale, then clipped. `None` where `x` is NaN or the score is no number (∞ in a group whose median
/// is ∞).
pub fn robust_zscore(x: f64, stats: &RobustStats, options: &ZScoreOptions) -> Option<f64> {
    let deviation = x - stats.median;
    let z = if stats.mad != 0.0 {
        deviation / stats.mad
    } else {
        match options.zero_mad {
            ZeroMad::Epsilon => deviation / ZERO_MAD_EPSILON,
            ZeroMad::MeanDeviation if stats.aad == 0.0 => 0.0,
            ZeroMad::MeanDeviation => MAD_TO_SIGMA * deviation / (AAD_TO_SIGMA * stats.aad),
        }
    };
    let z = z / options.scale;
    let z = options.clip.map_or(z, |clip| z.clamp(-clip, clip));
    (!z.is_nan()).then_some(z)
}

/// The robust z-scores of a whole group, in the order of `values`; missing in, missing out.
pub fn robust_zscores(values: &[Option<f64>], options: &ZScoreOptions) -> Vec<Option<f64>> {
    let mut present: Vec<f64> = values.iter().flatten().copied().collect();
    let stats = robust_stats(&mut present, &mut Vec::new());
    values.iter().map(|value| robust_zscore((*value)?, stats.as_ref()?, options)).collect()
}

#[cfg(test)]
mod tests;
