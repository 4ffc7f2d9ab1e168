//! Typed settings: defaults < `.env` < environment < the JSON override file < command line. Read once,
//! checked as a whole: every problem is reported, not the first.

mod compat;
mod environment;
mod nearest;
mod overrides;
mod reader;
pub mod reco;
mod setting;
mod value;

pub use compat::Compat;
pub use environment::Environment;
pub use setting::{Setting, Source};

use crate::secret::Secret;
use crate::waves::Params;
use reader::Reader;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The override file, below the local root.
const OVERRIDES: &str = "config/aim-config.json";

/// Most rows that may be asked for.
const MOST_ROWS: i64 = 100_000_000;

/// How Waves is reached and paced.
#[derive(Debug, Clone)]
pub struct WavesConfig {
    /// The service; absent, the built-in stand-in answers in process.
    pub url: Option<String>,
    /// Its password; required with a URL.
    pub password: Option<Secret>,
    /// Whether requests say who sends them, with a Google ID token.
    pub sends_identity: bool,
    /// How many leading runlist rows are asked for.
    pub total_overall: usize,
    /// CAMs per request, 1–500.
    pub batch_size: usize,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Seconds a request may take.
    pub timeout_s: u64,
    /// A run with a smaller share of successful CAMs fails before any table is replaced.
    pub min_success_share: f64,
    /// The parameters of every request.
    pub params: Params,
    /// What tokens cost.
    pub prices: TokenPrices,
}

/// What tokens cost, in GBP per million.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenPrices {
    /// Sent to the model.
    pub prompt_gbp_per_million: f64,
    /// Answered by the model.
    pub candidates_gbp_per_million: f64,
}

impl Default for TokenPrices {
    /// 0.10 and 0.40 USD at 0.72505 GBP/USD.
    fn default() -> Self {
        Self { prompt_gbp_per_million: 0.072505, candidates_gbp_per_million: 0.29002 }
    }
}

/// How segments are asked for in the run mode `PER_SEGMENT`.
#[derive(Debug, Clone)]
pub struct SegmentConfig {
    /// Rows wanted of each segment.
    pub total: usize,
    /// Rows per request.
    pub page_size: usize,
    /// Segments under way at once.
    pub parallel: usize,
    /// Requests under way at once in one segment.
    pub requests: usize,
    /// These segments only; empty for all.
    pub only: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunMode {
    /// The runlist's CAMs.
    Global,
    /// Every segment's CAMs.
    PerSegment,
}

impl RunMode {
    /// Its name in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "GLOBAL",
            Self::PerSegment => "PER_SEGMENT",
        }
    }
}

/// Where a run's input and results are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Below a folder of this machine.
    Local,
    /// In buckets and in BigQuery; a folder of this machine is used while the run lasts.
    Cloud,
}

impl Mode {
    /// Its name in `AIM_MODE` and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Cloud => "cloud",
        }
    }
}

/// Who computes the scores of tyres and of products in the cloud. Both give the same tables. A local run has one
/// warehouse, which is the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scoring {
    /// The engine of this process, from tables that are fetched.
    Engine,
    /// BigQuery, so that the click-stream and the features stay there.
    Warehouse,
}

/// Where things are in the cloud. Read and checked everywhere, so that one set of settings serves both;
/// a local run uses none of it.
#[derive(Debug, Clone)]
pub struct CloudConfig {
    /// The project of clients and tables.
    pub project: String,
    /// Bucket of the two source files.
    pub source_bucket: String,
    /// Bucket of what a run writes.
    pub bucket: String,
    /// Prefix of that, without slashes around it.
    pub prefix: String,
    /// The JSON override file.
    pub overrides: Option<String>,
    /// The runlist.
    pub runlist: String,
    /// Dataset of the recommendations.
    pub dataset: String,
    /// Table of the recommendations.
    pub table: String,
    /// The table products are merged into, `project.dataset.table`.
    pub cam_table: String,
    /// How the recommendations are loaded.
    pub write_disposition: &'static str,
    /// Where the datasets are.
    pub location: String,
    /// A query that would bill more bytes fails; absent, none does.
    pub maximum_bytes_billed: Option<u64>,
    /// The folder a run works in; absent, one that is removed when the run ends.
    pub scratch: Option<PathBuf>,
    /// An emulator of the buckets.
    pub storage_address: Option<String>,
    /// An emulator of BigQuery.
    pub bigquery_address: Option<String>,
    /// A stand-in of Secret Manager.
    pub secrets_address: Option<String>,
}

impl CloudConfig {
    /// Whether no account is needed.
    pub fn is_emulated(&self) -> bool {
        self.storage_address.is_some() && self.bigquery_address.is_some()
    }
}

/// All settings of a run.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where input and results are.
    pub mode: Mode,
    /// Who computes the tyre scores.
    pub scoring: Scoring,
    /// The folder that holds everything local.
    pub local_root: PathBuf,
    /// Whose results the run has, where the replaced job was wrong.
    pub compat: Compat,
    /// What is asked for.
    pub run_mode: RunMode,
    /// Folder of the two source files, below the root.
    pub source_prefix: String,
    /// Ending of the source files.
    pub source_extension: String,
    /// Let a run go on with the last tables where a source file is missing.
    pub allow_stale: bool,
    /// The runlist is one dummy row and the JSON override is not looked at.
    pub ignore_overrides: bool,
    /// No table is replaced, nothing is published, the stand-in answers.
    pub dry_run: bool,
    /// Dataset of the daily click-stream tables.
    pub analytics_dataset: String,
    /// Upper bound of the click-stream rate, in percent; absent for none.
    pub clickstream_rate_cap: Option<f64>,
    /// The recommendation service.
    pub waves: WavesConfig,
    /// Its segments.
    pub segments: SegmentConfig,
    /// Where the scored tables are published; absent, they are not.
    pub database_url: Option<Secret>,
    /// Threads of the engine; absent, one per core.
    pub threads: Option<usize>,
    /// Memory limit of the engine, as DuckDB writes it (`4GB`); absent, the stages'. What is larger goes to
    /// disk.
    pub memory_limit: Option<String>,
    /// What a run in the cloud needs besides.
    pub cloud: CloudConfig,
}

/// What is wrong with the settings, all of it.
#[derive(Debug, thiserror::Error)]
#[error("The configuration is not valid:\n  {}", .0.join("\n  "))]
pub struct Invalid(Vec<String>);

/// Settings of the command line, which win over everything.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// `--local-root`; where a run is, not what it does, and so not kept.
    #[serde(skip)]
    pub local_root: Option<String>,
    /// `--run-mode`.
    pub run_mode: Option<String>,
    /// `--dry-run`.
    pub dry_run: bool,
}

impl Flags {
    /// The flag that sets a variable, and its value.
    fn find(&self, variable: &str) -> Option<(&'static str, &str)> {
        match variable {
            "AIM_LOCAL_ROOT" => Some(("--local-root", self.local_root.as_deref()?)),
            "AIM_RUN_MODE" => Some(("--run-mode", self.run_mode.as_deref()?)),
            "DRY_RUN" => self.dry_run.then_some(("--dry-run", "true")),
            _ => None,
        }
    }
}

/// Everything that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, if nothing is wrong with them. An override file that exists and cannot be read is
    /// wrong too: silently running on defaults would be a different job.
    pub config: Result<Config, Invalid>,
    /// The folder that holds everything local, which is known even where other settings are wrong.
    pub local_root: PathBuf,
    /// Where input and results are, which is known as well.
    pub mode: Mode,
    /// Every setting as it is in force.
    pub settings: Vec<Setting>,
    /// What is set and read by nobody, or may not be meant so, a sentence each.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the settings.
    pub fn load(environment: &Environment, flags: &Flags) -> Loaded {
        let mut reader = Reader::new(environment, flags);
        let config = read(&mut reader);
        let (local_root, mode) = (config.local_root.clone(), config.mode);
        let (settings, problems, warnings) = reader.finish();
        let config = if problems.is_empty() { Ok(config) } else { Err(Invalid(problems)) };
        Loaded { config, local_root, mode, settings, warnings }
    }
}

fn read(reader: &mut Reader<'_>) -> Config {
    let mode = match reader.choice("AIM_MODE", &["local", "cloud"], "local") {
        "cloud" => Mode::Cloud,
        _ => Mode::Local,
    };
    let compat = match reader.choice("AIM_COMPAT", &["fixed", "original"], "fixed") {
        "original" => Compat::Original,
        _ => Compat::Fixed,
    };
    let local_root = PathBuf::from(reader.text("AIM_LOCAL_ROOT", "./demo"));
    let ignore_overrides = reader.boolean("IGNORE_GCS_CONFIG");
    if !ignore_overrides {
        reader.override_with(&local_root.join(OVERRIDES));
    }
    let dry_run = reader.boolean("DRY_RUN");
    reader.text("AIM_LOG", "info");
    reader.choice("AIM_LOG_FORMAT", &["text", "json", ""], "");
    let scoring = match reader.choice("AIM_SCORING", &["engine", "warehouse"], "engine") {
        "warehouse" => Scoring::Warehouse,
        _ => Scoring::Engine,
    };
    Config {
        mode,
        scoring,
        local_root,
        compat,
        run_mode: run_mode(reader),
        source_prefix: reader.text("TYRESCORE_PREFIX", "tyrescore-AWS3-daily-files/"),
        source_extension: reader.text("TYRESCORE_FILE_EXTENSION", ".csv"),
        allow_stale: reader.boolean("AIM_ALLOW_STALE"),
        ignore_overrides,
        dry_run,
        analytics_dataset: reader.text("AIM_ANALYTICS_DATASET", "analytics"),
        clickstream_rate_cap: rate_cap(reader, compat),
        waves: waves(reader, mode, dry_run, compat),
        segments: SegmentConfig {
            total: reader.count(("AIM_TOTAL_PER_SEGMENT", "TOTAL_PER_SEGMENT"), 500, 1..=MOST_ROWS),
            page_size: reader.count("AIM_PAGE_SIZE", 45, 1..=MOST_ROWS),
            parallel: reader.count("AIM_PARALLEL_SEGMENTS", 7, 1..=64),
            requests: reader.count("AIM_REQUESTS_PER_SEGMENT", 4, 1..=64),
            only: reader.list(("AIM_LIMIT_SEGMENTS", "LIMIT_TO_SEGMENTS")),
        },
        database_url: reader.secret("DATABASE_URL"),
        threads: reader.optional_integer("AIM_THREADS", 1..=1024).map(|n| n as usize),
        memory_limit: reader.optional("AIM_MEMORY_LIMIT"),
        cloud: cloud(reader),
    }
}

fn run_mode(reader: &mut Reader<'_>) -> RunMode {
    let modes = ["GLOBAL", "PER_SEGMENT"];
    match reader.choice(("AIM_RUN_MODE", "RUN_MODE"), &modes, "GLOBAL") {
        "PER_SEGMENT" => RunMode::PerSegment,
        _ => RunMode::Global,
    }
}

fn rate_cap(reader: &mut Reader<'_>, compat: Compat) -> Option<f64> {
    let cap = reader.optional_float("AIM_CLICKSTREAM_RATE_CAP", 0.0..=100.0);
    if cap.is_some() && compat == Compat::Original {
        reader.problem(
            "AIM_CLICKSTREAM_RATE_CAP has no place in AIM_COMPAT=original, which bounds rates in its \
             own way; unset one of them",
        );
    }
    cap
}

fn waves(reader: &mut Reader<'_>, mode: Mode, dry_run: bool, compat: Compat) -> WavesConfig {
    // One service: the second variable is the older name of the first.
    let (url, base_url) = (reader.address("AIM_WAVES_URL"), reader.address("AIM_BASE_URL"));
    let url = url.or(base_url).filter(|_| !dry_run);
    let password = reader.secret("AIM_SERVICE_PASSWORD");
    if url.is_some() && password.is_none() {
        reader.problem("AIM_SERVICE_PASSWORD is not set: the Waves service asks for it");
    }
    // Cloud Run's own addresses have https, and take nobody whom they do not know.
    let is_service = url.as_ref().is_some_and(|url| url.starts_with("https://"));
    let sends_identity = match reader.choice("AIM_WAVES_AUTH", &["auto", "google", "none"], "auto")
    {
        "google" => url.is_some(),
        "none" => false,
        _ => mode == Mode::Cloud && is_service,
    };
    let prices = TokenPrices::default();
    let null = compat.null_text();
    let seasons = ["AllSeason", "Winter", "Summer", ""];
    let seasons: Vec<&'static str> = seasons.into_iter().chain(null).collect();
    WavesConfig {
        url,
        password,
        sends_identity,
        total_overall: reader.count(("AIM_TOTAL_OVERALL", "TOTAL_OVERALL"), 10_000, 1..=MOST_ROWS),
        batch_size: reader.count(("AIM_BATCH_SIZE", "BATCH_SIZE"), 500, 1..=500),
        concurrency: reader.count("AIM_WAVES_CONCURRENCY", 4, 1..=64),
        timeout_s: reader.integer("AIM_REQUEST_TIMEOUT_S", 900, 1..=86_400) as u64,
        min_success_share: reader.float("AIM_MIN_SUCCESS_SHARE", 0.5, 0.0..=1.0),
        params: Params {
            goldilocks_zone_pct: reader.integer(
                ("AIM_GOLDILOCKS_ZONE_PCT", "GOLDILOCKS_ZONE_PCT"),
                15,
                5..=50,
            ),
            price_fluctuation_upper: reader.float(
                ("AIM_PRICE_FLUCT_UPPER", "PRICE_FLUCTUATION_UPPER"),
                1.1,
                1.0..=2.0,
            ),
            price_fluctuation_lower: reader.float(
                ("AIM_PRICE_FLUCT_LOWER", "PRICE_FLUCTUATION_LOWER"),
                0.9,
                0.5..=1.0,
            ),
            brand_enhancer: reader.null_is(null).text(("AIM_BRAND_ENHANCER", "BRAND_ENHANCER"), ""),
            model_enhancer: reader.null_is(null).text(("AIM_MODEL_ENHANCER", "MODEL_ENHANCER"), ""),
            season: reader.null_is(null).choice(("AIM_SEASON", "SEASON"), &seasons, "").to_owned(),
            disable_search: reader.boolean("AIM_DISABLE_SEARCH"),
        },
        prices: TokenPrices {
            prompt_gbp_per_million: reader.float(
                "AIM_PROMPT_GBP_PER_MILLION",
                prices.prompt_gbp_per_million,
                0.0..=1e6,
            ),
            candidates_gbp_per_million: reader.float(
                "AIM_CANDIDATES_GBP_PER_MILLION",
                prices.candidates_gbp_per_million,
                0.0..=1e6,
            ),
        },
    }
}

fn cloud(reader: &mut Reader<'_>) -> CloudConfig {
    let runlist = "gs://aim-home/aim-priority-runlist/AIM rankings priority_runlist_current.csv";
    let dispositions = ["WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_EMPTY"];
    let prefix = reader.text("AIM_GCS_PREFIX", "aim-daily-files");
    CloudConfig {
        project: reader.text("PROJECT_ID", "bqsqltesting"),
        source_bucket: reader.text("TYRESCORE_BUCKET", "tyrescore"),
        bucket: reader.text("AIM_BUCKET_NAME", "aim-home"),
        prefix: prefix.trim_matches('/').to_owned(),
        overrides: Some(reader.object("CONFIG_GCS_URI", "")).filter(|uri| !uri.is_empty()),
        runlist: reader
            .object(("AIM_PRIORITY_RUNLIST_GCS_URI", "PRIORITY_RUNLIST_GCS_URI"), runlist),
        dataset: reader.text("AIM_DATASET_ID", "AIM"),
        table: reader.text("AIM_TABLE_ID", "AIMData"),
        cam_table: reader.text("CAM_TABLE_ID", "bqsqltesting.CAM_files.CAM_SKU"),
        write_disposition: reader.choice(
            "AIM_BQ_WRITE_DISPOSITION",
            &dispositions,
            "WRITE_TRUNCATE",
        ),
        location: reader.text("AIM_BQ_LOCATION", "EU"),
        maximum_bytes_billed: reader
            .optional_integer("AIM_BQ_MAX_BYTES_BILLED", 1..=i64::MAX)
            .map(i64::unsigned_abs),
        scratch: reader.optional("AIM_SCRATCH").map(PathBuf::from),
        storage_address: reader.address("STORAGE_EMULATOR_HOST"),
        bigquery_address: reader.address("BIGQUERY_EMULATOR_HOST"),
        secrets_address: reader.address("AIM_SECRETS_EMULATOR_HOST"),
    }
}

#[cfg(test)]
mod tests;
