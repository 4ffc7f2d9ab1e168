//! The training loop.

use super::booster::Booster;
use super::dataset::Dataset;
use super::library::LightGbm;
use super::parameters::Parameters;
use std::ops::ControlFlow;

/// A metric on one data set after one round.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// As LightGBM calls it, `ndcg@10`.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// What is known after a round, which counts from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// How many rounds there were.
    pub number: usize,
    /// On the training data; empty when nobody asked.
    pub training: Vec<Metric>,
    /// On the validation data.
    pub validation: Vec<Metric>,
}

/// How long to go on.
#[derive(Debug, Clone, Copy)]
pub struct Stopping {
    /// The most rounds there are.
    pub rounds: usize,
    /// Stop when a metric on the validation data has not improved for so many rounds; never if 0.
    pub patience: usize,
    /// Measure on the training data after every so many rounds; never if 0. It takes time.
    pub report_every: usize,
}

/// A model, and where it was best.
pub struct Trained<'d> {
    /// With all its rounds.
    pub booster: Booster<'d>,
    /// How many of its rounds to keep.
    pub best_round: usize,
    /// The metrics on the validation data after that round.
    pub best: Vec<Metric>,
    /// How many rounds there were.
    pub rounds: usize,
}

/// Trains, and keeps the best round as LightGBM's own early stopping does: the first metric that has not
/// improved for `patience` rounds ends it, and its best round counts. When none does, it is the best
/// round of the first metric. `after_round` may end it earlier, with the same rule for what is best.
///
/// # Errors
///
/// LightGBM's, and those of `after_round`.
pub fn train<'d>(
    lightgbm: LightGbm,
    training: &'d Dataset,
    validation: Option<&'d Dataset>,
    parameters: &Parameters,
    stopping: Stopping,
    mut after_round: impl FnMut(&Round) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<Trained<'d>> {
    let mut booster = Booster::new(lightgbm, training, parameters)?;
    if let Some(validation) = validation {
        booster.validate_on(validation)?;
    }
    let names = booster.metric_names()?;
    let named = |values: Vec<f64>| -> Vec<Metric> {
        names.iter().cloned().zip(values).map(|(name, value)| Metric { name, value }).collect()
    };
    // Where each metric was best.
    let mut best: Vec<Round> = Vec::new();
    let mut number = 0;
    let mut decided = None;
    while number < stopping.rounds && decided.is_none() {
        let more = booster.update()?;
        number += 1;
        let report = stopping.report_every > 0 && number.is_multiple_of(stopping.report_every);
        let round = Round {
            number,
            training: if report { named(booster.metrics(0)?) } else { Vec::new() },
            validation: if validation.is_some() { named(booster.metrics(1)?) } else { Vec::new() },
        };
        if best.is_empty() {
            best = vec![round.clone(); round.validation.len()];
        }
        for (at, best) in best.iter_mut().enumerate() {
            if improves(&round.validation[at], &best.validation[at]) {
                *best = round.clone();
            }
            if stopping.patience > 0 && number - best.number >= stopping.patience {
                decided = Some(at);
                break;
            }
        }
        if after_round(&round)?.is_break() || !more {
            break;
        }
    }
    let best = best.into_iter().nth(decided.unwrap_or(0));
    let best_round = best.as_ref().map_or(number, |round| round.number);
    let best = best.map(|round| round.validation).unwrap_or_default();
    Ok(Trained { booster, best_round, best, rounds: number })
}

/// Whether `now` is better. Of these metrics more is better, of the others less.
fn improves(now: &Metric, before: &Metric) -> bool {
    const MORE: [&str; 5] = ["auc", "average_precision", "map", "ndcg", "r2"];
    let family = now.name.split('@').next().unwrap_or_default();
    if MORE.contains(&family) { now.value > before.value } else { now.value < before.value }
}
