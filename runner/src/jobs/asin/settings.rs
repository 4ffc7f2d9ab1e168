//! `settings.yaml`: merged over the defaults key by key, `${NAME}` expanded from the environment, then typed.
//! Secrets are not in it: they are variables of the environment.

mod labeling;
mod merge;

use crate::config::Environment;
use anyhow::{Context as _, bail};
use jiff::civil::Time;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const DEFAULTS: &str = include_str!("settings/defaults.yaml");

/// How many requests a service takes, and how long to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct RateLimit {
    /// Requests per minute.
    pub qpm: u32,
    /// Requests at once after a pause; as many as a minute's where it is missing.
    pub burst: Option<u32>,
    /// The longest wait for the limiter, and the time limit of a request, in seconds.
    #[serde(default = "ten_seconds")]
    pub timeout_sec: f64,
}

fn ten_seconds() -> f64 {
    10.0
}

/// When failed requests are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct RetryPolicy {
    /// Requests at most, the first one included.
    pub max_attempts: u32,
    /// The first wait; each further one is twice as long.
    pub base_delay_ms: u64,
    /// Waits are so much longer or shorter, at random.
    pub jitter_ms: u64,
    /// The longest wait.
    pub max_delay_ms: u64,
}

/// What is fetched.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Ingest {
    /// Whose share of the rate limits is used.
    pub tenant: String,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Days of the time series before the date.
    pub timeseries_days: i32,
    /// Days of the time series of a product that is new.
    pub first_days: i32,
    /// Days of the reviews before the date.
    pub reviews_days: i32,
    /// The share of failed items that a run survives, 0–1.
    pub max_failed_share: f64,
}

/// What windows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowMode {
    /// Rows: a missing day makes a window reach further back.
    Rows,
    /// Days.
    Calendar,
}

impl WindowMode {
    /// As the extension's functions spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Calendar => "calendar",
        }
    }
}

/// How features are computed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Features {
    /// The windows.
    pub rolling: Vec<u32>,
    /// What they count.
    pub window_mode: WindowMode,
}

/// How products are scored.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Scoring {
    /// Each metric's weight, in order.
    pub weights: Map<String, Value>,
    /// What the deviation is multiplied with; 1.4826 makes it that of a normal distribution.
    pub z_scale: f64,
    /// Where z-scores are cut off; absent, nowhere.
    pub z_clip: Option<f64>,
    /// Worse ranks are left out.
    pub rank_min: u32,
    /// The name that predictions carry where their model is not of the registry.
    pub model_version: String,
    /// The model, below the job's folder, where the registry has none in production.
    pub model_path: String,
    /// The name of the model in the registry.
    pub model_name: String,
    /// What groups are made of, where predictions are to have groups of their own.
    pub group_by_columns: Vec<String>,
    /// The model's inputs; empty for the model's own names.
    pub feature_columns: Vec<String>,
}

/// What is learnt.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Labels {
    /// Days, or rows, of the past window.
    pub lookback_days: u32,
    /// Days, or rows, of the future window.
    pub horizon_days: u32,
    /// Growth of sales that counts.
    pub ratio_threshold: f64,
    /// Fall of the rank's percentile that counts.
    pub percentile_drop: f64,
    /// Improvement of the rank that counts as well; absent, none.
    pub bsr_delta: Option<f64>,
    /// Share of a window that must have values.
    pub min_coverage: f64,
    /// Smaller sales of the past have no ratio.
    pub min_past_sales: f64,
    /// Edges of the price bands, ascending from 0 to 1.
    pub price_band_quantiles: Vec<f64>,
    /// What windows count.
    pub window_mode: WindowMode,
    /// Whether sales of windows are compared by day, and not as sums of windows of unlike length.
    pub daily_means: bool,
    /// Whether a day without features has those of the last day before it that has some.
    pub features_as_of: bool,
}

/// Shares of the dates; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Splits {
    /// To learn from.
    pub train: f64,
    /// To stop by.
    pub valid: f64,
    /// To judge by.
    pub test: f64,
    /// Whether samples whose future reaches into the next part are set aside.
    pub purge: bool,
    /// Whether the days that are left over when shares are cut to whole days go to train and valid, one each; else
    /// each part ends where its share ends, and test has the rest.
    pub deal_remainder: bool,
}

/// How models are trained.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Training {
    /// Labels.
    pub labels: Labels,
    /// Splits.
    pub splits: Splits,
    /// The features that are names of something, not numbers.
    pub categorical_features: Vec<String>,
}

/// When data is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Validation {
    /// Share of the days of a series that must have a row.
    pub min_coverage: f64,
    /// Share of rows with an invalid price or rank that is accepted.
    pub max_invalid_share: f64,
}

/// E-mail of alerts; the user and password of the server are variables of the environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Email {
    /// `smtp://host:port` or `smtps://host`; empty for no e-mail.
    pub smtp_url: String,
    /// The sender.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
}

/// When to raise an alert, and where.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Alerts {
    /// Share of cells that must be filled.
    pub data_quality: f64,
    /// Accuracy that predictions must have.
    pub accuracy: f64,
    /// Relative change of a mean that counts as drift.
    pub drift: f64,
    /// Minutes that a run may be late.
    pub delay_minutes: f64,
    /// E-mail.
    pub email: Email,
    /// Address of a WeCom robot; empty for none.
    pub wecom_url: String,
    /// Address of a DingTalk robot; empty for none.
    pub dingtalk_url: String,
}

/// When the report of a week is due, and who gets it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Report {
    /// The day of the week, `monday`.
    pub weekday: Weekday,
    /// The time of that day in UTC, `05:00`.
    pub time: Time,
    /// Receivers; the server and sender are those of alerts.
    pub to: Vec<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "their names say all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// All settings that are read by something.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Settings {
    /// Markets.
    pub sites: Vec<String>,
    /// The unified API; empty for the built-in one.
    pub unified_api_base_url: String,
    /// Addresses of the other services; `{region}` and `{domain}` in them are those of the market.
    pub services: BTreeMap<String, String>,
    /// Limits by service.
    pub rate_limits: BTreeMap<String, RateLimit>,
    /// Retries.
    pub retry_policy: RetryPolicy,
    /// Ingest.
    pub ingest: Ingest,
    /// Features.
    pub features: Features,
    /// Scoring.
    pub scoring: Scoring,
    /// Training.
    pub training: Training,
    /// Validation.
    pub validation: Validation,
    /// Alerts.
    pub alerts: Alerts,
    /// The report of a week.
    pub report: Report,
    /// Variables that are not set, by the key of the text that needs them.
    #[serde(skip)]
    unset: BTreeMap<String, String>,
}

/// Settings, and what is in the file for nobody.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// All keys with their values as they are written, defaults included.
    pub tree: Value,
    /// Unknown keys, a sentence each.
    pub unknown: Vec<String>,
}

impl Settings {
    /// Reads `file`, or, without one, `config/settings.yaml` below `root` if it is there; then
    /// `labeling.yaml` beside it.
    ///
    /// # Errors
    ///
    /// A file that was asked for and is missing, one that is no YAML, a value of the wrong type or out of
    /// range, a `${NAME}` that is not set where the value is needed.
    pub fn load(
        file: Option<&Path>,
        root: &Path,
        environment: &Environment,
    ) -> anyhow::Result<Loaded> {
        let mut tree = parse(DEFAULTS, Path::new("the defaults"))?;
        let mut unknown = Vec::new();
        let path = file.map_or_else(|| root.join("config/settings.yaml"), PathBuf::from);
        if let Some(given) = read(&path, file.is_some())? {
            merge::merge(&mut tree, given, &path, &mut unknown)?;
        }
        let labeling = path.with_file_name("labeling.yaml");
        if let Some(given) = read(&labeling, false)? {
            labeling::apply(&mut tree, &given, &labeling, &mut unknown)?;
        }
        // Texts that variables are put into may be secret: they are shown as they are written.
        let shown = tree.clone();
        let mut unset = BTreeMap::new();
        merge::expand(&mut tree, environment, "", &mut unset)?;
        let mut settings = Self::deserialize(&tree)
            .with_context(|| format!("{} has a value of the wrong type", path.display()))?;
        settings.unset = unset;
        settings.check().with_context(|| format!("{} is not valid", path.display()))?;
        Ok(Loaded { settings, tree: shown, unknown })
    }

    /// Refuses to go on where a text of a key, or of one below it, needs a variable that is not set.
    ///
    /// # Errors
    ///
    /// With the names of both.
    pub fn require(&self, key: &str) -> anyhow::Result<()> {
        let below = |name: &str| {
            name.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match self.unset.iter().find(|(name, _)| below(name)) {
            Some((name, variable)) => bail!(
                "{name} needs {variable}, which is not set: set it in the environment or in .env"
            ),
            None => Ok(()),
        }
    }

    /// The limit of a service; one that is not named has 200 requests per minute.
    pub fn rate_limit(&self, service: &str) -> RateLimit {
        let usual = RateLimit { qpm: 200, burst: None, timeout_sec: ten_seconds() };
        self.rate_limits.get(service).copied().unwrap_or(usual)
    }

    /// The address of a service other than the unified API.
    pub fn service(&self, name: &str) -> String {
        self.services.get(name).map(|address| address.trim().to_owned()).unwrap_or_default()
    }

    /// Days before a day whose rows may be new on it.
    pub fn lookback(&self) -> i32 {
        self.ingest.timeseries_days.max(self.ingest.first_days)
    }

    /// The weights in order.
    pub fn weights(&self) -> impl Iterator<Item = (&str, f64)> {
        let weights = self.scoring.weights.iter();
        // Checked when they were read.
        weights.map(|(metric, weight)| (&**metric, weight.as_f64().unwrap_or_default()))
    }

    fn check(&self) -> anyhow::Result<()> {
        for (service, limit) in &self.rate_limits {
            if limit.qpm == 0 || limit.burst == Some(0) {
                bail!("rate_limits.{service}: qpm and burst are numbers from 1");
            }
            if !(limit.timeout_sec >= 0.0 && limit.timeout_sec <= 86_400.0) {
                bail!("rate_limits.{service}.timeout_sec is a number of seconds from 0");
            }
        }
        if self.sites.is_empty() {
            bail!("sites is empty: name at least one market");
        }
        let rolling = &self.features.rolling;
        if rolling.is_empty() || rolling.iter().any(|window| !(1..=3_660).contains(window)) {
            bail!("features.rolling is a list of windows from 1 to 3660");
        }
        if self.scoring.weights.is_empty() {
            bail!("scoring.weights is empty: give at least one metric with its weight");
        }
        for (metric, weight) in &self.scoring.weights {
            if weight.as_f64().is_none() {
                bail!("scoring.weights.{metric} is {weight}; it must be a number");
            }
        }
        if !(self.scoring.z_scale.is_finite() && self.scoring.z_scale > 0.0) {
            bail!("scoring.z_scale must be a number above 0");
        }
        if self.scoring.rank_min == 0 || self.retry_policy.max_attempts == 0 {
            bail!("scoring.rank_min and retry_policy.max_attempts are numbers from 1");
        }
        if !(1..=1_000).contains(&self.ingest.concurrency) {
            bail!("ingest.concurrency is a number from 1 to 1000");
        }
        let Ingest { timeseries_days, first_days, reviews_days, .. } = self.ingest;
        if [timeseries_days, first_days, reviews_days]
            .iter()
            .any(|days| !(0..=3_660).contains(days))
        {
            bail!("ingest.timeseries_days, first_days and reviews_days are numbers from 0 to 3660");
        }
        let Splits { train, valid, test, .. } = self.training.splits;
        let shares = [train, valid, test];
        if shares.iter().any(|share| *share < 0.0) || (train + valid + test - 1.0).abs() > 0.001 {
            bail!("training.splits are three shares that add up to 1");
        }
        let labels = &self.training.labels;
        if [labels.lookback_days, labels.horizon_days]
            .iter()
            .any(|days| !(1..=3_660).contains(days))
        {
            bail!("training.labels: lookback_days and horizon_days are numbers from 1 to 3660");
        }
        if !(labels.min_coverage > 0.0 && labels.min_coverage <= 1.0) {
            bail!("training.labels.min_coverage is a share above 0, 1 at most");
        }
        let quantiles = &labels.price_band_quantiles;
        let inside = quantiles.iter().all(|quantile| (0.0..=1.0).contains(quantile));
        if quantiles.len() < 2 || !inside || !quantiles.is_sorted_by(|one, next| one < next) {
            bail!("training.labels.price_band_quantiles are at least two shares, ascending");
        }
        Ok(())
    }
}

fn read(path: &Path, required: bool) -> anyhow::Result<Option<Value>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(parse(&text, path)?)),
        Err(error) if error.kind() == ErrorKind::NotFound && !required => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn parse(text: &str, path: &Path) -> anyhow::Result<Value> {
    let value: Value = serde_saphyr::from_str(text)
        .map_err(|error| anyhow::anyhow!("{} is no YAML: {error}", path.display()))?;
    match value {
        Value::Null => Ok(Value::Object(Map::new())),
        Value::Object(_) => Ok(value),
        _ => bail!("{} is no list of keys and values", path.display()),
    }
}

#[cfg(test)]
mod tests;
