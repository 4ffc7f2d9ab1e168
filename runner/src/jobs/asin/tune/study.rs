//! What is known of a search, in one file.

use super::super::files;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As training ends.
    Complete,
    /// Given up, being behind most others.
    Pruned,
}

impl State {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Pruned => "pruned",
        }
    }
}

/// One try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// From 0.
    pub number: usize,
    /// What was tried.
    pub params: Map<String, Value>,
    /// How it ended.
    pub state: State,
    /// What it was worth; the more the better.
    pub value: f64,
    /// Rounds that would be kept.
    pub rounds: usize,
    /// The best value so far at each comparison with the others.
    pub steps: Vec<f64>,
}

impl Trial {
    pub(super) fn new(number: usize, params: Map<String, Value>) -> Self {
        Self { number, params, state: State::Complete, value: 0.0, rounds: 0, steps: Vec::new() }
    }
}

/// A search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Its name.
    pub name: String,
    /// What it is about: trials on other samples cannot be compared.
    pub about: Value,
    /// The trials in order.
    pub trials: Vec<Trial>,
}

impl Study {
    /// Reads a study, or begins it.
    pub(super) fn open(file: &Path, name: &str, about: &Value) -> anyhow::Result<Self> {
        if !file.exists() {
            return Ok(Self { name: name.to_owned(), about: about.clone(), trials: Vec::new() });
        }
        let study: Self = serde_json::from_str(&files::read(file)?)
            .with_context(|| format!("{} is no study; remove it", file.display()))?;
        if study.about != *about {
            bail!(
                "{} is about other samples ({} instead of {about}); name another study with --study-name",
                file.display(),
                study.about
            );
        }
        Ok(study)
    }

    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        files::write(file, serde_json::to_string_pretty(self)?.as_bytes())
    }

    /// The trial that is worth most, the first of several.
    pub fn best(&self) -> Option<&Trial> {
        let complete = self.trials.iter().filter(|trial| trial.state == State::Complete);
        complete.reduce(|best, trial| if trial.value > best.value { trial } else { best })
    }

    /// Whether a trial is worse than the median of those that came as far, if at least `least` did.
    pub(super) fn is_behind(&self, trial: &Trial, least: usize) -> bool {
        let at = trial.steps.len() - 1;
        let mut others: Vec<f64> =
            self.trials.iter().filter_map(|other| other.steps.get(at).copied()).collect();
        if others.len() < least {
            return false;
        }
        others.sort_unstable_by(f64::total_cmp);
        trial.steps[at] < others[others.len() / 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(steps: &[f64]) -> Trial {
        let mut trial = Trial::new(0, Map::new());
        trial.steps = steps.to_vec();
        trial.value = *steps.last().expect("a step");
        trial
    }

    #[test]
    fn trials_behind_the_median_are_given_up() {
        let trials = [0.5, 0.6, 0.7, 0.8, 0.9].map(|step| trial(&[0.1, step])).to_vec();
        let study = Study { name: "s".to_owned(), about: Value::Null, trials };
        assert!(study.is_behind(&trial(&[0.1, 0.69]), 5));
        assert!(!study.is_behind(&trial(&[0.1, 0.7]), 5));
        assert!(!study.is_behind(&trial(&[0.1]), 5), "as good as the median");
        assert!(!study.is_behind(&trial(&[0.1, 0.0]), 6), "too few to tell");
        assert!(!study.is_behind(&trial(&[0.0, 0.0, 0.0]), 1), "nobody came as far");
    }

    #[test]
    fn the_best_trial_is_complete() {
        let mut trials = vec![trial(&[0.5]), trial(&[0.9]), trial(&[0.7]), trial(&[0.7])];
        trials[1].state = State::Pruned;
        trials[2].number = 2;
        let study = Study { name: "s".to_owned(), about: Value::Null, trials };
        assert_eq!(study.best().map(|best| best.number), Some(2));
    }
}
