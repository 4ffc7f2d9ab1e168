//! The composite score: a weighted sum of z-scores, what each metric adds to it, and the reason as
//! JSON text.
//!
//! Nothing is negated here (D-SCO-1: price volatility was, and its weight too, so that it raised the
//! score): the sign of a weight says what a metric does.

use super::json::{write_all, write_number, write_string};

/// What a missing z-score does to the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingZ {
    /// It counts 0; the score is missing only where all are (D-SCO-4: one missing metric removed the
    /// product).
    #[default]
    Zero,
    /// The score is missing too. Kept to reproduce older results.
    Null,
}

/// Why weights cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum WeightError {
    /// There is no metric at all.
    #[error("There are no weights; give at least one metric with its weight")]
    Empty,
    /// A metric without a weight.
    #[error("The weight of '{0}' is NULL; give a number, or leave the metric out")]
    Missing(String),
    /// A weight that would make every score infinite or no number.
    #[error("The weight of '{0}' is {1}; give a finite number")]
    NotFinite(String, f64),
}

/// Metrics and their weights, in the order in which they are summed.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    metrics: Vec<String>,
    values: Vec<f64>,
    /// What every reason begins with.
    json: String,
    /// Each metric as the name of a JSON member, with what follows it.
    members: Vec<String>,
}

impl Weights {
    /// Takes metrics and weights, `None` for a missing one.
    ///
    /// # Errors
    ///
    /// Where a weight is missing or not finite, or there is none.
    pub fn new<'a>(
        weights: impl IntoIterator<Item = (&'a str, Option<f64>)>,
    ) -> Result<Self, WeightError> {
        let (mut metrics, mut values) = (Vec::new(), Vec::new());
        for (metric, weight) in weights {
            match weight {
                None => return Err(WeightError::Missing(metric.to_owned())),
                Some(w) if !w.is_finite() => {
                    return Err(WeightError::NotFinite(metric.to_owned(), w));
                }
                Some(weight) => values.push(weight),
            }
            metrics.push(metric.to_owned());
        }
        if metrics.is_empty() {
            return Err(WeightError::Empty);
        }
        let members: Vec<String> = metrics.iter().map(|metric| member(metric)).collect();
        let mut json = String::from("{\"w\": ");
        write_all(&mut json, ['{', '}'], members.iter().zip(&values), |out, (member, &weight)| {
            out.push_str(member);
            write_number(out, weight);
        });
        json.push_str(", \"z\": ");
        Ok(Self { metrics, values, json, members })
    }

    /// The metrics, in order.
    pub fn metrics(&self) -> &[String] {
        &self.metrics
    }

    /// The weights, in the order of [`Weights::metrics`].
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// What every reason begins with: the weights, up to the object of the z-scores.
    pub fn head(&self) -> &str {
        &self.json
    }

    /// The score: 0 + w₁z₁ + w₂z₂ + …, strictly in order, so that equal input gives equal scores to
    /// the last bit. `zs` stand in the order of the metrics; `None` and NaN are missing.
    ///
    /// `None` where `missing` says so, and where the sum is no number (∞ − ∞, 0 · ∞).
    pub fn score(&self, zs: &[Option<f64>], missing: MissingZ) -> Option<f64> {
        let present = zs.iter().filter(|&&z| !is_missing(z)).count();
        if present == 0 || (missing == MissingZ::Null && present < self.values.len()) {
            return None;
        }
        let sum = self.contributions(zs).flatten().fold(0.0, |sum, term| sum + term);
        (!sum.is_nan()).then_some(sum)
    }

    /// What each metric adds to the score, weight · z; `None` where z is missing, NaN for 0 · ∞.
    pub fn contributions(&self, zs: &[Option<f64>]) -> impl Iterator<Item = Option<f64>> {
        self.values.iter().zip(zs).map(|(w, &z)| z.filter(|z| !z.is_nan()).map(|z| w * z))
    }

    /// The places of the metrics without a z-score.
    pub fn missing(&self, zs: &[Option<f64>]) -> impl Iterator<Item = usize> {
        zs.iter()
            .take(self.metrics.len())
            .enumerate()
            .filter(|&(_, &z)| is_missing(z))
            .map(|(at, _)| at)
    }

    /// Appends the reason: `{"w": {metric: weight, …}, "z": {metric: z, …}}` in the order of the
    /// metrics. A missing z is `null` (D-SCO-5: it was a bare NaN, which is not JSON), and the list
    /// `"missing"` of such metrics follows where there are any.
    pub fn write_reason(&self, zs: &[Option<f64>], out: &mut String) {
        out.push_str(&self.json);
        write_all(out, ['{', '}'], self.members.iter().zip(zs), |out, (member, &z)| {
            out.push_str(member);
            write_number(out, z.unwrap_or(f64::NAN));
        });
        if zs.iter().any(|&z| is_missing(z)) {
            out.push_str(", \"missing\": ");
            write_all(out, ['[', ']'], self.missing(zs), |out, at| {
                write_string(out, &self.metrics[at]);
            });
        }
        out.push('}');
    }
}

fn is_missing(z: Option<f64>) -> bool {
    z.is_none_or(f64::is_nan)
}

fn member(name: &str) -> String {
    let mut out = String::new();
    write_string(&mut out, name);
    out.push_str(": ");
    out
}

#[cfg(test)]
mod tests;
