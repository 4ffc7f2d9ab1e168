//! Settings of the recommendation export.

mod definitions;
mod types;

use super::environment::Reader;
use super::{Invalid, Lookup};
use crate::secret::Secret;
pub use definitions::{Column, Definitions, Index, Table, View, ViewColumn, load_order};
use std::path::PathBuf;
pub use types::{ColumnType, DecimalMode};

/// The environments whose datasets exist.
const ENVIRONMENTS: [&str; 3] = ["dev", "stg", "prod"];

/// Settings of the recommendation export.
#[derive(Debug, Clone)]
pub struct RecoConfig {
    /// The folder that holds everything local.
    pub local_root: PathBuf,
    /// `dev`, `stg` or `prod`: ends the names of datasets.
    pub environment: String,
    /// Tables and views.
    pub definitions: Definitions,
    /// What a `decimal` column is.
    pub decimal_mode: DecimalMode,
    /// The serving database; absent, only `export` works.
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
    pub local_root: Option<PathBuf>,
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
    pub fn load(lookup: Lookup<'_>, flags: &RecoFlags) -> Result<Self, Invalid> {
        let mut reader = Reader::new(lookup);
        let mode = reader.text("AIM_MODE", "local").to_lowercase();
        if mode != "local" {
            reader.problem(format!(
                "AIM_MODE is '{mode}': this build runs locally only; set AIM_MODE=local"
            ));
        }
        let environment = reader.text("ENV_SHORT_NAME", "dev");
        if !ENVIRONMENTS.contains(&environment.as_str()) {
            reader
                .problem(format!("ENV_SHORT_NAME is '{environment}'; it must be dev, stg or prod"));
        }
        let release = reader.integer("AIM_RECO_RELEASE", 1, 1..=2) as u8;
        let file = reader.optional("AIM_RECO_TABLES").map(PathBuf::from);
        let definitions = Definitions::load(file.as_deref(), release).unwrap_or_else(|error| {
            reader.problem(format!("{error:#}"));
            Definitions::default()
        });
        let decimal_mode = flags.decimal_mode.unwrap_or_else(|| {
            let text = reader.text("AIM_DECIMAL_MODE", "compat");
            text.parse().unwrap_or_else(|error| {
                reader.problem(format!("AIM_DECIMAL_MODE is '{text}': {error}"));
                DecimalMode::Compat
            })
        });
        let database_url = reader.optional("DATABASE_URL").map(Secret::new);
        let config = Self {
            local_root: flags
                .local_root
                .clone()
                .unwrap_or_else(|| PathBuf::from(reader.text("AIM_LOCAL_ROOT", "./demo"))),
            definitions,
            decimal_mode,
            database_url: flags.database_url.clone().or(database_url),
            threads: reader.optional_integer("AIM_THREADS", 1..=1024).map(|n| n as usize),
            memory_limit: reader.text("AIM_MEMORY_LIMIT", "1GB"),
            ml_dataset: reader
                .text("BIGQUERY_ML_RECOMMENDATION_DATASET", &format!("ml_reco_{environment}")),
            seed_dataset: reader.text("BIGQUERY_SEED_DATASET", &format!("seed_{environment}")),
            environment,
        };
        reader.finish(config)
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

#[cfg(test)]
mod tests;
