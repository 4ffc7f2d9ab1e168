//! Which model predicts.

use super::super::registry::{Contract, Registry};
use super::super::{Asin, files};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_literal};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};

/// A model, and what its predictions are called.
pub(super) struct Model {
    pub(super) file: PathBuf,
    /// What predictions carry as their `model_version`.
    pub(super) version: String,
    /// What the registry says that it takes; nothing, where it was not asked.
    contract: Option<Contract>,
}

impl Model {
    /// The model in `named`; else the one in production, of the name `scoring.model_name`; else that of
    /// `scoring.model_path`.
    ///
    /// # Errors
    ///
    /// A registry that is none, or that names a model which is not here.
    pub(super) fn find(job: &Asin, named: Option<&Path>) -> anyhow::Result<Self> {
        let scoring = &job.settings.scoring;
        let plain = |file: PathBuf| {
            let version = scoring.model_version.clone();
            Self { file, version, contract: None }
        };
        if let Some(file) = named {
            return Ok(plain(file.to_owned()));
        }
        let name = &scoring.model_name;
        let registry = Registry::open(&Registry::file(&job.store), job.clock.now())?;
        let Some(production) = registry.in_production(name) else {
            return Ok(plain(job.store.root().join(&scoring.model_path)));
        };
        let uri = &production.artifact_uri;
        let path = uri.strip_prefix("file://").unwrap_or(uri);
        let version = format!("{name}-{}", production.version);
        let file = job.store.root().join(path);
        if !file.is_file() {
            bail!(
                "{name} {} is in production, but its model {uri} is no file here: bring it, or name one with --model",
                production.version
            );
        }
        Ok(Self { file, version, contract: Some(production.feature_contract.clone()) })
    }

    /// Reads it into the session's variable `model`; answers the names of its inputs.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no model, other inputs than the registry promises.
    pub(super) fn load(&self, db: &DuckDb) -> anyhow::Result<Vec<String>> {
        let text = files::read(&self.file).with_context(|| {
            format!("There is no model {}: train one, or name it with --model", self.file.display())
        })?;
        let set = Statement::new("model", format!("set variable model = {}", quote_literal(&text)));
        db.transaction(&[set])?;
        let names = Statement::new(
            self.file.display().to_string(),
            "select unnest(lgbm_features(getvariable('model')))",
        );
        let names: Vec<String> = db.rows(&names)?.into_iter().flatten().flatten().collect();
        if let Some(contract) = &self.contract {
            contract.check(&self.version, &names)?;
        }
        Ok(names)
    }
}
