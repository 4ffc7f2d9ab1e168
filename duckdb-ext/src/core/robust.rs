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

/// An option that a z-score cannot have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// No unit of measure.
    #[error("scale is {0}; give a number above 0")]
    Scale(f64),
    /// No bound.
    #[error("clip is negative or NaN; give a bound of 0 or more, or NULL")]
    Clip,
    /// A rule by another name.
    #[error("zero_mad is '{0}'; give 'mean_deviation' or 'epsilon'")]
    ZeroMad(String),
}

impl ZScoreOptions {
    /// Options as SQL has them, NULL for the default of each.
    ///
    /// # Errors
    ///
    /// Where the scale is not above 0, the clip negative or either of them NaN, or no rule has the
    /// name of `zero_mad`.
    pub fn new(
        scale: Option<f64>,
        clip: Option<f64>,
        zero_mad: Option<&str>,
    ) -> Result<Self, OptionError> {
        let scale = scale.unwrap_or(1.0);
        if scale.is_nan() || scale <= 0.0 {
            return Err(OptionError::Scale(scale));
        }
        if clip.is_some_and(|clip| clip.is_nan() || clip < 0.0) {
            return Err(OptionError::Clip);
        }
        let zero_mad = match zero_mad {
            None | Some("mean_deviation") => ZeroMad::MeanDeviation,
            Some("epsilon") => ZeroMad::Epsilon,
            Some(other) => return Err(OptionError::ZeroMad(other.to_owned())),
        };
        Ok(Self { scale, clip, zero_mad })
    }
}

impl Default for ZScoreOptions {
    fn default() -> Self {
        Self { scale: 1.0, clip: None, zero_mad: ZeroMad::default() }
    }
}

/// Working memory, so that calls for many groups share one allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    work: Vec<f64>,
    keys: Vec<i64>,
}

/// Groups up to this size are sorted once, which finds both medians; larger ones are better served by
/// two selections.
const SORTED: usize = 64;

/// The robust statistics of the values of all `pieces`; NaN counts as missing. `None` when no value is
/// present.
///
/// Takes time proportional to the number of values. The result does not depend on their order. Where a
/// deviation is too large for a double it is infinite.
pub fn robust_stats<'a>(
    pieces: impl IntoIterator<Item = &'a [f64]>,
    scratch: &mut Scratch,
) -> Option<RobustStats> {
    let Scratch { work, keys } = scratch;
    work.clear();
    pieces.into_iter().for_each(|piece| work.extend_from_slice(piece));
    // Copying all and looking once more is faster than choosing, and NaN are rare.
    if work.iter().fold(false, |any, x| any | x.is_nan()) {
        work.retain(|x| !x.is_nan());
    }
    let n = work.len() as u64;
    let (median, mad) = if work.len() <= SORTED {
        sort(work, keys);
        let median = middle(work)?;
        (median, median.is_finite().then(|| middle_deviation(work, median)))
    } else {
        (median(work)?, None)
    };
    for x in work.iter_mut() {
        *x = (*x - median).abs();
    }
    // ∞ − ∞ is no deviation at all: it is left out like any other missing value.
    if !median.is_finite() {
        work.retain(|deviation| !deviation.is_nan());
    }
    let aad = mean(work);
    let mad = mad.or_else(|| self::median(work)).unwrap_or(f64::NAN);
    Some(RobustStats { n, median, mad, aad })
}

/// The median of sorted `values`. `None` when there are none.
fn middle(values: &[f64]) -> Option<f64> {
    let upper = *values.get(values.len() / 2)?;
    let even = values.len().is_multiple_of(2);
    Some(if even { midpoint(values[values.len() / 2 - 1], upper) } else { upper })
}

/// Sorts values, none of them NaN, as integers in their order, which the standard library does without
/// branches.
fn sort(values: &mut [f64], keys: &mut Vec<i64>) {
    // The bits of positive doubles are in the order of their values; those of negative ones, in the
    // opposite order. The same exchange leads back.
    let exchange = |bits: i64| bits ^ ((bits >> 63) & i64::MAX);
    keys.clear();
    keys.extend(values.iter().map(|x| exchange(x.to_bits() as i64)));
    keys.sort_unstable();
    for (value, key) in values.iter_mut().zip(keys) {
        *value = f64::from_bits(exchange(*key) as u64);
    }
}

/// The median absolute deviation of sorted `values` from their finite median. To either side of the
/// median, deviations grow: the middle one is found by walking outwards.
fn middle_deviation(values: &[f64], median: f64) -> f64 {
    let middle = values.len() / 2;
    let (mut below, mut above) = (middle, middle);
    let (mut before, mut last) = (0.0, 0.0);
    for _ in 0..=middle {
        before = last;
        // A side that is used up has no deviation left; the other one then has.
        let down = below.checked_sub(1).map_or(f64::NAN, |at| median - values[at]);
        let up = values.get(above).map_or(f64::NAN, |x| x - median);
        let downwards = down <= up || up.is_nan();
        last = if downwards { down } else { up };
        below -= usize::from(downwards);
        above += usize::from(!downwards);
    }
    if values.len().is_multiple_of(2) { midpoint(before, last) } else { last }
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

/// The mean of `values`, none of them negative; NaN when there are none.
fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let total = sum(values);
    if total.is_finite() { total / n } else { values.iter().map(|x| x / n).sum() }
}

/// The sum of `values`, rounded once: whatever order threads handed them over in, the last bit is the
/// same. Several sums run side by side, each with what its additions lost, which keeps the processor's
/// vector units busy.
fn sum(values: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (mut totals, mut lost) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let error;
            (totals[lane], error) = add(totals[lane], chunk[lane]);
            lost[lane] += error;
        }
    }
    let (mut total, mut lost) = (0.0, lost.iter().sum::<f64>());
    for &value in totals.iter().chain(rest) {
        let error;
        (total, error) = add(total, value);
        lost += error;
    }
    if lost.is_finite() { total + lost } else { total }
}

/// The rounded sum of two values and what rounding took away (Knuth's two-sum).
fn add(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let from_b = sum - a;
    (sum, (a - (sum - from_b)) + (b - from_b))
}

/// The robust z-score of `x` in a group with these statistics: (x − median) / MAD, divided by the
/// scale, then clipped. `None` where `x` is NaN or the score is no number (∞ in a group whose median
/// is ∞).
pub fn robust_zscore(x: f64, stats: &RobustStats, options: &ZScoreOptions) -> Option<f64> {
    let deviation = x - stats.median;
    // In a group without any deviation its score would be 0.
    if deviation.is_nan() {
        return None;
    }
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
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let stats = robust_stats([&present[..]], &mut Scratch::default());
    values.iter().map(|value| robust_zscore((*value)?, stats.as_ref()?, options)).collect()
}

#[cfg(test)]
mod tests;
