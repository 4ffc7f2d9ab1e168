//! Which model predicts.

use super::super::registry::{Contract, Registry};
use super::super::samples::Categories;
use super::super::train::{beside, sha256};
use super::super::{Asin, files};
use crate::warehouse::duckdb::DuckDb;
use crate::warehouse::template::{Statement, quote_literal};
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A model, and what its predictions are called.
pub(super) struct Model {
    pub(super) file: PathBuf,
    /// What predictions carry as their `model_version`.
    pub(super) version: String,
    /// What the registry says that it takes; nothing, where it was not asked.
    contract: Option<Contract>,
    /// What the registry keeps of it.
    signature: Option<Value>,
}

/// What a model takes.
pub(super) struct Takes {
    /// The names of its inputs, in order.
    pub(super) names: Vec<String>,
    /// The values of those that are names of something.
    pub(super) categories: Categories,
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
            Self { file, version, contract: None, signature: None }
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
        let contract = Some(production.feature_contract.clone());
        Ok(Self { file, version, contract, signature: production.signature.clone() })
    }

    /// Reads it into the session's variable `model`; answers what it takes.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no model, other inputs than the registry promises, a signature of another
    /// model.
    pub(super) fn load(&self, db: &DuckDb) -> anyhow::Result<Takes> {
        if !self.file.is_file() {
            bail!("There is no model {}: train one, or name it with --model", self.file.display());
        }
        let text = files::read(&self.file)?;
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
        Ok(Takes { names, categories: self.categories(&text)? })
    }

    /// The values of inputs that are names, of the signature that the registry or a file beside the model has.
    fn categories(&self, text: &str) -> anyhow::Result<Categories> {
        let file = beside(&self.file, "signature.json");
        let beside = || -> anyhow::Result<Option<Value>> {
            if !file.is_file() {
                return Ok(None);
            }
            let signature = serde_json::from_str(&files::read(&file)?);
            signature.with_context(|| format!("{} is no JSON", file.display())).map(Some)
        };
        let signature = self.signature.clone().map_or_else(beside, |known| Ok(Some(known)))?;
        let Some(signature) = signature else {
            return Ok(Categories::new());
        };
        let inputs = signature["inputs"].as_array().into_iter().flatten();
        let values = |input: &Value| {
            let values = input["values"].as_array()?.iter();
            let values = values.map(|value| value.as_str().map(str::to_owned));
            Some((input["name"].as_str()?.to_owned(), values.collect::<Option<_>>()?))
        };
        let categories: Categories = inputs.filter_map(values).collect();
        let of_this = signature["model_sha256"].as_str().is_none_or(|hash| hash == sha256(text));
        if !categories.is_empty() && !of_this {
            bail!(
                "The signature of {} is another model's, so that its categories are not known: train it anew, or \
                 put the two together again",
                self.file.display()
            );
        }
        Ok(categories)
    }
}
