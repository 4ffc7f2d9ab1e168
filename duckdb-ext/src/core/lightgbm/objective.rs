//! From raw scores to predictions, as the objective a model was trained for asks.
//!
//! The operations and their order are LightGBM's, all in double precision, so that results are equal
//! to the last bit where `exp` and `ln_1p` are the C library's on both sides, as they are on Linux.

use super::text::{ModelError, Section, excerpt};

/// How raw scores become predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Objective {
    /// Left as they are: plain regression, rankers, objectives of the user's own.
    Identity,
    /// Squared with their sign: regression on square roots.
    SignedSquare,
    /// exp: Poisson, gamma, Tweedie.
    Exp,
    /// 1 / (1 + exp(-slope · score)): binary, one against all, cross entropy.
    Sigmoid(f64),
    /// Shares of exp over the classes.
    Softmax,
    /// ln(1 + exp(score)): cross entropy with weights as intensities.
    Softplus,
}

impl Objective {
    /// Reads the header's `objective`, which may be missing: then scores are left as they are.
    /// `outputs` is how many scores a row has.
    pub(super) fn read(header: &Section<'_>, outputs: usize) -> Result<Self, ModelError> {
        let Some(text) = header.get("objective") else { return Ok(Self::Identity) };
        let mut words = text.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let parameters: Vec<&str> = words.collect();
        let parameter = |name: &str| {
            parameters.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix(':'))
        };
        let sigmoid = || {
            let text = parameter("sigmoid").unwrap_or_default();
            read_decimal(text)
                .filter(|slope| *slope > 0.0 && slope.is_finite())
                .map(Self::Sigmoid)
                .ok_or_else(|| {
                    let problem = format!("objective {name} has sigmoid {}", excerpt(text));
                    header.error_at("objective", problem)
                })
        };
        let (objective, classes) = match name {
            "regression" | "regression_l1" | "quantile" | "fair" | "mape"
                if parameters.contains(&"sqrt") =>
            {
                (Self::SignedSquare, false)
            }
            "regression" | "regression_l1" | "quantile" | "fair" | "mape" | "huber"
            | "lambdarank" | "rank_xendcg" => (Self::Identity, false),
            "poisson" | "gamma" | "tweedie" => (Self::Exp, false),
            "binary" => (sigmoid()?, false),
            "multiclass" => (Self::Softmax, true),
            "multiclassova" => (sigmoid()?, true),
            "cross_entropy" | "xentropy" => (Self::Sigmoid(1.0), false),
            "cross_entropy_lambda" | "xentlambda" => (Self::Softplus, false),
            // Of the user's own, with any number of outputs.
            "custom" => return Ok(Self::Identity),
            other => {
                let problem = format!("objective {} is unknown", excerpt(other));
                return Err(header.error_at("objective", problem));
            }
        };
        let expected = if classes {
            parameter("num_class").and_then(|text| text.parse().ok()).unwrap_or_default()
        } else {
            1
        };
        if outputs == expected {
            return Ok(objective);
        }
        let problem =
            format!("objective {name} has {expected} outputs, num_tree_per_iteration is {outputs}");
        Err(header.error_at("objective", problem))
    }

    /// Turns the raw scores of rows of `outputs` each into predictions.
    pub(super) fn convert(self, scores: &mut [f64], outputs: usize) {
        let convert: fn(f64) -> f64 = match self {
            Self::Identity => return,
            Self::Softmax => return scores.chunks_exact_mut(outputs).for_each(softmax),
            Self::Sigmoid(slope) => {
                for score in scores {
                    *score = 1.0 / (1.0 + (-slope * *score).exp());
                }
                return;
            }
            Self::SignedSquare => |score| {
                let sign = f64::from(i8::from(score > 0.0) - i8::from(score < 0.0));
                sign * score * score
            },
            Self::Exp => f64::exp,
            Self::Softplus => |score| score.exp().ln_1p(),
        };
        for score in scores {
            *score = convert(*score);
        }
    }
}

fn softmax(scores: &mut [f64]) {
    // As std::max does, which keeps the newer value when the two do not compare.
    let highest = scores.iter().copied().reduce(|a, b| if b < a { a } else { b });
    let highest = highest.unwrap_or_default();
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - highest).exp();
        sum += *score;
    }
    for score in scores {
        *score /= sum;
    }
}

/// A decimal such as `1.14`, whole part and fraction read by themselves and then added: LightGBM reads
/// parameters of objectives so, and the last bit may be another one than that of the nearest double.
fn read_decimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| {
        text.bytes().try_fold(0.0, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10.0 + f64::from(byte - b'0'))
        })
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = 10_f64.powi(i32::try_from(fraction.len()).ok()?);
    let value = digits(whole)? + digits(fraction)? / scale;
    let power = 10_f64.powi(i32::from(exponent).abs());
    Some(if exponent < 0 { value / power } else { value * power })
}
