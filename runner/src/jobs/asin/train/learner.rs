//! The kinds of models, and LightGBM's parameters for each.

use crate::lightgbm::Parameters;
use anyhow::bail;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learner {
    /// Orders the products of a group.
    Ranker,
    /// Tells how likely a product is to take off.
    Classifier,
    /// Tells how much a product will sell.
    Regressor,
}

impl Learner {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ranker => "ranker",
            Self::Classifier => "classifier",
            Self::Regressor => "regressor",
        }
    }

    /// The job's table with its samples.
    pub fn table(self) -> &'static str {
        match self {
            Self::Ranker => "train_samples_rank",
            Self::Classifier => "train_samples_bin",
            Self::Regressor => "train_samples_reg",
        }
    }

    /// What its runs are noted under.
    pub fn experiment(self) -> &'static str {
        match self {
            Self::Ranker => "rank-training",
            Self::Classifier => "classification-baseline",
            Self::Regressor => "regression-baseline",
        }
    }

    /// Which labels it cannot learn, as SQL, and why.
    pub(super) fn bad_labels(self, label: &str) -> Option<(String, &'static str)> {
        let label = format!("{label}::double");
        match self {
            Self::Ranker => Some((
                // LightGBM has gains for so many levels.
                format!("{label} <> trunc({label}) or {label} not between 0 and 30"),
                "and a ranker learns whole numbers from 0 to 30: give --label relevance",
            )),
            Self::Classifier => {
                Some((format!("{label} not in (0, 1)"), "and a classifier learns 0 and 1"))
            }
            Self::Regressor => None,
        }
    }
}

/// Rounds without improvement that end a tuned training as well.
pub(in super::super) const EARLY_STOPPING: usize = 100;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Plan {
    pub(in super::super) parameters: Parameters,
    pub(in super::super) rounds: usize,
    pub(in super::super) patience: usize,
    pub(in super::super) report_every: usize,
}

impl Plan {
    /// The parameters of a kind of model. The same rows give the same model, whatever the threads.
    pub(in super::super) fn of(learner: Learner) -> Self {
        let common = Parameters::new()
            .with("seed", 42)
            .with("deterministic", true)
            .with("force_row_wise", true)
            .with("verbosity", -1)
            .with("learning_rate", 0.05)
            .with("num_leaves", 63)
            .with("bagging_freq", 1)
            .with("bagging_fraction", 0.8)
            .with("lambda_l2", 1.0);
        match learner {
            Learner::Ranker => Self {
                parameters: common
                    .with("objective", "lambdarank")
                    .with("metric", "ndcg")
                    .with("eval_at", "10,20")
                    .with("max_depth", -1)
                    .with("min_data_in_leaf", 50)
                    .with("feature_fraction", 0.9)
                    .with("lambda_l1", 0.0),
                rounds: 2000,
                patience: EARLY_STOPPING,
                report_every: 100,
            },
            Learner::Classifier | Learner::Regressor => {
                let (objective, metric) = match learner {
                    Learner::Classifier => ("binary", "binary_logloss,auc"),
                    _ => ("regression", "rmse"),
                };
                Self {
                    parameters: common
                        .with("objective", objective)
                        .with("metric", metric)
                        .with("max_depth", 6)
                        .with("min_data_in_leaf", 20)
                        .with("feature_fraction", 0.8),
                    rounds: 500,
                    patience: 50,
                    report_every: 50,
                }
            }
        }
    }

    /// Has both classes of a binary label count the same in sum, if both are there.
    pub(super) fn weigh_classes(&mut self, labels: &[f32]) {
        if self.parameters.get("objective") == Some("binary") {
            let positive = labels.iter().filter(|label| **label > 0.0).count();
            let negative = labels.len() - positive;
            if positive > 0 && negative > 0 {
                self.parameters.set("scale_pos_weight", negative as f64 / positive as f64);
            }
        }
    }

    /// Sets a parameter of LightGBM.
    ///
    /// # Errors
    ///
    /// One that is not LightGBM's affair here.
    pub(super) fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        match name {
            "num_iterations" => bail!("Give the number of rounds with --rounds {value}"),
            "early_stopping_round" => bail!("Say when to stop with --early-stopping {value}"),
            "categorical_feature" => {
                bail!("Name features that are no numbers in training.categorical_features")
            }
            _ => self.parameters.set(name, value),
        }
        Ok(())
    }

    /// Limits the threads; without a limit there are as many as cores.
    pub(in super::super) fn threads(&mut self, threads: Option<usize>) {
        if let Some(threads) = threads {
            self.parameters.set("num_threads", threads);
        }
    }
}
