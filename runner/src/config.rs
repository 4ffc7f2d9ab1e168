//! Typed settings: defaults < environment (and `.env`) < the JSON override file. Read once, validated
//! as a whole: every problem is reported, not the first.

mod environment;
mod overrides;
pub mod reco;

use crate::secret::Secret;
use crate::waves::Params;
use environment::Reader;
use std::path::PathBuf;

/// Environment variables by name. A function, so that tests need not touch the process's own.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How Waves is reached and paced.
#[derive(Debug, Clone)]
pub struct WavesConfig {
    /// The service; absent, the built-in stand-in answers in process.
    pub url: Option<String>,
    /// Its password; required with a URL.
    pub password: Option<Secret>,
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
}

/// All settings of a run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds everything local.
    pub local_root: PathBuf,
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
    /// Where the scored tables are published; absent, they are not.
    pub database_url: Option<Secret>,
    /// Threads of the engine; absent, one per core.
    pub threads: Option<usize>,
    /// Memory limit of the engine, as DuckDB writes it (`4GB`); absent, DuckDB's own.
    pub memory_limit: Option<String>,
}

/// What is wrong with the settings, all of it.
#[derive(Debug, thiserror::Error)]
#[error("The configuration is not valid:\n  {}", .0.join("\n  "))]
pub struct Invalid(Vec<String>);

/// Settings of the command line, which win over everything.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// `--local-root`.
    pub local_root: Option<PathBuf>,
    /// `--run-mode`.
    pub run_mode: Option<String>,
    /// `--dry-run`.
    pub dry_run: bool,
}

impl Config {
    /// The local root, which is known even where other settings are wrong.
    pub fn local_root(lookup: Lookup<'_>, flags: &Flags) -> PathBuf {
        let text = || Reader::new(lookup).text("AIM_LOCAL_ROOT", "./demo");
        flags.local_root.clone().unwrap_or_else(|| PathBuf::from(text()))
    }

    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// [`Invalid`], with everything that is wrong. An override file that exists and cannot be read
    /// is wrong too: silently running on defaults would be a different job.
    pub fn load(lookup: Lookup<'_>, flags: &Flags) -> Result<Self, Invalid> {
        let mut reader = Reader::new(lookup);
        let mode = reader.text("AIM_MODE", "local").to_lowercase();
        if mode != "local" {
            reader.problem(format!(
                "AIM_MODE is '{mode}': this build runs locally only; set AIM_MODE=local"
            ));
        }
        let compat = reader.text("AIM_COMPAT", "fixed");
        if compat != "fixed" {
            reader.problem(format!(
                "AIM_COMPAT is '{compat}': this build knows 'fixed' only; unset it"
            ));
        }
        let local_root = Self::local_root(lookup, flags);
        let ignore_overrides = reader.boolean("IGNORE_GCS_CONFIG", false);
        let mut run_mode = reader.text("AIM_RUN_MODE", "GLOBAL");
        let mut waves = WavesConfig {
            url: reader.optional("AIM_WAVES_URL").or_else(|| reader.optional("AIM_BASE_URL")),
            password: reader.optional("AIM_SERVICE_PASSWORD").map(Secret::new),
            total_overall: reader.integer("AIM_TOTAL_OVERALL", 10_000, 1..=i64::MAX) as usize,
            batch_size: reader.integer("AIM_BATCH_SIZE", 500, 1..=500) as usize,
            concurrency: reader.integer("AIM_WAVES_CONCURRENCY", 4, 1..=64) as usize,
            timeout_s: reader.integer("AIM_REQUEST_TIMEOUT_S", 900, 1..=86_400) as u64,
            min_success_share: reader.float("AIM_MIN_SUCCESS_SHARE", 0.5, 0.0..=1.0),
            params: Params {
                goldilocks_zone_pct: reader.integer("AIM_GOLDILOCKS_ZONE_PCT", 15, 5..=50),
                price_fluctuation_upper: reader.float("AIM_PRICE_FLUCT_UPPER", 1.1, 1.0..=2.0),
                price_fluctuation_lower: reader.float("AIM_PRICE_FLUCT_LOWER", 0.9, 0.5..=1.0),
                brand_enhancer: reader.text("AIM_BRAND_ENHANCER", ""),
                model_enhancer: reader.text("AIM_MODEL_ENHANCER", ""),
                season: reader.text("AIM_SEASON", ""),
                disable_search: reader.boolean("AIM_DISABLE_SEARCH", false),
            },
        };
        if !ignore_overrides {
            let file = local_root.join("config/aim-config.json");
            overrides::apply(&file, &mut waves, &mut run_mode, &mut reader);
        }
        if let Some(flag) = &flags.run_mode {
            run_mode.clone_from(flag);
        }
        check_run_mode(&run_mode, &mut reader);
        check_season(&waves.params.season, &mut reader);
        let dry_run = flags.dry_run || reader.boolean("DRY_RUN", false);
        if dry_run {
            waves.url = None;
        }
        if let Some(url) = waves.url.as_ref().filter(|url| !is_http(url)) {
            reader.problem(format!(
                "AIM_WAVES_URL is '{url}'; it must be http://host[:port] or https://host[:port]"
            ));
        }
        if waves.url.is_some() && waves.password.is_none() {
            reader.problem("AIM_SERVICE_PASSWORD is not set: the Waves service asks for it");
        }
        let config = Self {
            local_root,
            source_prefix: reader.text("TYRESCORE_PREFIX", "tyrescore-AWS3-daily-files/"),
            source_extension: reader.text("TYRESCORE_FILE_EXTENSION", ".csv"),
            allow_stale: reader.boolean("AIM_ALLOW_STALE", false),
            ignore_overrides,
            dry_run,
            analytics_dataset: reader.text("AIM_ANALYTICS_DATASET", "analytics"),
            clickstream_rate_cap: reader.optional_float("AIM_CLICKSTREAM_RATE_CAP", 0.0..=100.0),
            waves,
            database_url: reader.optional("DATABASE_URL").map(Secret::new),
            threads: reader.optional_integer("AIM_THREADS", 1..=1024).map(|n| n as usize),
            memory_limit: reader.optional("AIM_MEMORY_LIMIT"),
        };
        reader.finish(config)
    }
}

/// Whether a text is an address of the web with a host.
fn is_http(url: &str) -> bool {
    let parsed = reqwest::Url::parse(url);
    parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn check_run_mode(run_mode: &str, reader: &mut Reader<'_>) {
    match run_mode.trim().to_uppercase().as_str() {
        "GLOBAL" => {}
        "PER_SEGMENT" => reader.problem(
            "the run mode is PER_SEGMENT: the Waves service has no segment pages any more; \
             use GLOBAL",
        ),
        other => reader.problem(format!("the run mode is '{other}'; use GLOBAL")),
    }
}

fn check_season(season: &str, reader: &mut Reader<'_>) {
    let known = ["", "allseason", "winter", "summer"];
    if !known.contains(&season.to_lowercase().as_str()) {
        reader.problem(format!("the season is '{season}'; use AllSeason, Winter, Summer or none"));
    }
}

#[cfg(test)]
mod tests;
