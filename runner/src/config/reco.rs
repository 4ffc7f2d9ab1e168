//! Settings of the recommendation export.

mod definitions;
mod types;

use super::reader::Reader;
use super::{CloudConfig, Environment, Flags, Invalid};
use crate::cloud::SECRET_SCHEME;
use crate::secret::Secret;
pub use definitions::{Column, Definitions, Index, Table, View, ViewColumn, load_order};
use std::path::PathBuf;
pub use types::{ColumnType, DecimalMode};

/// The environments whose datasets exist.
const ENVIRONMENTS: [&str; 3] = ["dev", "stg", "prod"];

/// Settings of the recommendation export.
#[derive(Debug, Clone)]
pub struct RecoConfig {
    /// The folder that holds everything local; in the cloud, only what a run keeps while it lasts.
    pub local_root: PathBuf,
    /// Where things are in the cloud; absent in a local run.
    pub cloud: Option<CloudConfig>,
    /// `dev`, `stg` or `prod`: ends the names of datasets.
    pub environment: &'static str,
    /// Tables and views.
    pub definitions: Definitions,
    /// What a `decimal` column is.
    pub decimal_mode: DecimalMode,
    /// The serving database, or the secret that holds its address; absent, only `export` works.
    pub database_url: Option<Secret>,
    /// Threads of the engine; absent, one per core.
    pub threads: Option<usize>,
    /// Memory limit of the engine, as DuckDB writes it (`4GB`); absent, 1GB.
    pub memory_limit: String,
    ml_dataset: String,
    seed_dataset: String,
}

/// Settings of the command line, which win over the environment.
#[derive(Debug, Default, Clone)]
pub struct RecoFlags {
    /// `--local-root`.
    pub local_root: Option<String>,
    /// `--database-url`.
    pub database_url: Option<Secret>,
    /// `--decimal-mode`.
    pub decimal_mode: Option<DecimalMode>,
}

impl RecoConfig {
    /// Reads the settings and the definitions.
    ///
    /// # Errors
    ///
    /// [`Invalid`], with everything that is wrong.
    pub fn load(environment: &Environment, flags: &RecoFlags) -> Result<Self, Invalid> {
        let places = Flags { local_root: flags.local_root.clone(), ..Flags::default() };
        let mut reader = Reader::new(environment, &places);
        let mut config = read(&mut reader);
        config.decimal_mode = flags.decimal_mode.unwrap_or(config.decimal_mode);
        config.database_url = flags.database_url.clone().or(config.database_url);
        let (_, problems, _) = reader.finish();
        if problems.is_empty() { Ok(config) } else { Err(Invalid(problems)) }
    }

    /// The dataset of a table, as the warehouse spells it.
    pub fn dataset(&self, table: &Table) -> String {
        match table.dataset.as_str() {
            "ml_reco" => self.ml_dataset.clone(),
            "seed" => self.seed_dataset.clone(),
            other => format!("{other}_{}", self.environment),
        }
    }

    /// The dataset of tables that exist for the time of a command.
    pub fn temporary_dataset(&self) -> String {
        format!("tmp_{}", self.environment)
    }
}

fn read(reader: &mut Reader<'_>) -> RecoConfig {
    let in_cloud = reader.choice("AIM_MODE", &["local", "cloud"], "local") == "cloud";
    let environment = reader.choice("ENV_SHORT_NAME", &ENVIRONMENTS, "dev");
    let release = reader.count("AIM_RECO_RELEASE", 1, 1..=2) as u8;
    let file = reader.optional("AIM_RECO_TABLES").map(PathBuf::from);
    let definitions = Definitions::load(file.as_deref(), release).unwrap_or_else(|error| {
        reader.problem(format!("{error:#}"));
        Definitions::default()
    });
    let decimal_mode = match reader.choice("AIM_DECIMAL_MODE", &["compat", "exact"], "compat") {
        "exact" => DecimalMode::Exact,
        _ => DecimalMode::Compat,
    };
    let local_root = PathBuf::from(reader.text("AIM_LOCAL_ROOT", "./demo"));
    let mut database_url = reader.secret("DATABASE_URL");
    let mut cloud = super::cloud(reader);
    cloud.project = reader.text("GCP_PROJECT_ID", &cloud.project);
    let instance = reader.text("RECOMMENDATION_SQL_INSTANCE", &instance(environment));
    if in_cloud && database_url.is_none() {
        let name = format!("projects/{}/secrets/{instance}_database_url", cloud.project);
        database_url = Some(Secret::new(format!("{SECRET_SCHEME}{name}")));
    }
    let scratch = || cloud.scratch.clone().unwrap_or_else(std::env::temp_dir);
    RecoConfig {
        local_root: if in_cloud { scratch() } else { local_root },
        cloud: in_cloud.then_some(cloud),
        definitions,
        decimal_mode,
        database_url,
        threads: reader.optional_integer("AIM_THREADS", 1..=1024).map(|n| n as usize),
        memory_limit: reader.text("AIM_MEMORY_LIMIT", "1GB"),
        ml_dataset: reader
            .text("BIGQUERY_ML_RECOMMENDATION_DATASET", &format!("ml_reco_{environment}")),
        seed_dataset: reader.text("BIGQUERY_SEED_DATASET", &format!("seed_{environment}")),
        environment,
    }
}

/// Cloud SQL's instance, which the secret with the database's address is named after.
fn instance(environment: &str) -> String {
    let name = if environment == "prod" { "production" } else { environment };
    format!("cloudsql-recommendation-{name}-ew1")
}

#[cfg(test)]
mod tests;
