//! The parameters that are searched, and who proposes them.

use super::Trial;
use anyhow::Context as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};
use tpe::{TpeOptimizer, parzen_estimator, range};

/// How a parameter is spread over its range.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    Linear,
    /// Evenly over its logarithm.
    Log,
    /// Whole numbers, both ends included.
    Whole,
}

/// Name, scale, least and greatest value.
const PARAMETERS: [(&str, Scale, f64, f64); 8] = [
    ("learning_rate", Scale::Log, 0.02, 0.15),
    ("num_leaves", Scale::Whole, 31.0, 255.0),
    ("min_data_in_leaf", Scale::Whole, 20.0, 200.0),
    ("feature_fraction", Scale::Linear, 0.6, 1.0),
    ("bagging_fraction", Scale::Linear, 0.6, 1.0),
    // 0 would turn off bagging, and its fraction would mean nothing.
    ("bagging_freq", Scale::Whole, 1.0, 5.0),
    ("lambda_l1", Scale::Linear, 0.0, 2.0),
    ("lambda_l2", Scale::Linear, 0.0, 5.0),
];

/// Proposes parameters by what earlier ones were worth.
pub(super) struct Space {
    seed: u64,
    optimizers: Vec<TpeOptimizer>,
}

impl Space {
    /// Knows nothing yet.
    pub(super) fn new(seed: u64) -> anyhow::Result<Self> {
        let optimizer = |(_, scale, low, high): &(&str, Scale, f64, f64)| {
            let (low, high) = match scale {
                Scale::Linear => (*low, *high),
                Scale::Log => (low.ln(), high.ln()),
                Scale::Whole => (*low, *high + 1.0),
            };
            Ok(TpeOptimizer::new(parzen_estimator(), range(low, high)?))
        };
        let optimizers = PARAMETERS.iter().map(optimizer).collect::<anyhow::Result<_>>()?;
        Ok(Self { seed, optimizers })
    }

    /// Parameters for trial `number`. The same trials before it and the same seed give the same.
    pub(super) fn ask(&mut self, number: usize) -> anyhow::Result<Map<String, Value>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(number as u64);
        let mut proposal = Map::new();
        for ((name, scale, low, high), optimizer) in PARAMETERS.iter().zip(&mut self.optimizers) {
            let place = optimizer.ask(&mut random)?;
            let value: Value = match scale {
                Scale::Linear => place.into(),
                Scale::Log => place.exp().clamp(*low, *high).into(),
                Scale::Whole => (place.floor().clamp(*low, *high) as i64).into(),
            };
            proposal.insert((*name).to_owned(), value);
        }
        Ok(proposal)
    }

    /// Takes note of what a trial was worth.
    pub(super) fn tell(&mut self, trial: &Trial) -> anyhow::Result<()> {
        for ((name, scale, ..), optimizer) in PARAMETERS.iter().zip(&mut self.optimizers) {
            let value = trial.params.get(*name).and_then(Value::as_f64);
            let value = value.with_context(|| format!("Trial {} has no {name}", trial.number))?;
            let place = match scale {
                Scale::Linear => value,
                Scale::Log => value.ln(),
                // The middle of the values that become this number.
                Scale::Whole => value + 0.5,
            };
            // It looks for what is small.
            optimizer.tell(place, -trial.value)?;
        }
        Ok(())
    }
}
