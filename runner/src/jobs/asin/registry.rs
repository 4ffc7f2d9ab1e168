//! The registry: which versions of a model there are, and which of them is in production. One JSON file.

mod contract;

use super::files;
use crate::store::LocalStore;
use anyhow::{Context as _, bail};
pub use contract::Contract;
use contract::check_same;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where a version stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nowhere.
    #[default]
    None,
    /// Under test.
    Staging,
    /// In use.
    Production,
    /// Out of use.
    Archived,
}

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// One version at most stands there, and it must keep to the contract.
    fn is_served(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
    }
}

impl FromStr for Stage {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match &*text.trim().to_lowercase() {
            "" | "none" => Self::None,
            "staging" | "stage" | "testing" => Self::Staging,
            "production" | "prod" => Self::Production,
            "archived" | "archive" => Self::Archived,
            _ => bail!("{text:?} is no stage; give none, staging, production or archived"),
        })
    }
}

/// A version of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// From 1.
    pub version: u32,
    /// Where it stands.
    pub stage: Stage,
    /// Where the model is.
    pub artifact_uri: String,
    /// How good it is.
    pub metrics: Map<String, Value>,
    /// The days it was made of.
    pub data_span: Option<String>,
    /// The version of its features.
    pub feature_version: Option<String>,
    /// What it takes.
    pub signature: Option<Value>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// Words about it.
    pub description: Option<String>,
    /// The names of its inputs in order.
    pub feature_contract: Contract,
    /// When it was registered, UTC.
    pub created_at: String,
    /// When its stage last changed, UTC.
    pub updated_at: String,
}

/// What is said about a version when it is registered.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// Where the model is.
    pub artifact_uri: String,
    /// How good it is.
    pub metrics: Map<String, Value>,
    /// The days it was made of.
    pub data_span: Option<String>,
    /// The version of its features.
    pub feature_version: Option<String>,
    /// What it takes: an object with a list `inputs` of objects with a `name`.
    pub signature: Option<Value>,
    /// Where it shall stand.
    pub stage: Stage,
    /// The run that made it.
    pub run_id: Option<String>,
    /// Words about it.
    pub description: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    models: BTreeMap<String, Vec<Version>>,
}

/// The file.
#[derive(Debug)]
pub struct Registry {
    file: PathBuf,
    content: Content,
    now: String,
}

impl Registry {
    /// Reads the file, or begins it.
    ///
    /// # Errors
    ///
    /// When it is there and is no registry.
    pub fn open(file: &Path, now: Timestamp) -> anyhow::Result<Self> {
        let content = match file.exists() {
            true => serde_json::from_str(&files::read(file)?).with_context(|| {
                format!("{} is no registry; correct or remove it", file.display())
            })?,
            false => Content::default(),
        };
        let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Ok(Self { file: file.to_owned(), content, now })
    }

    /// Where the registry of a job is.
    pub fn file(store: &LocalStore) -> PathBuf {
        store.root().join("runs/registry.json")
    }

    /// The version of a model that stands in production; the newest, should there be several.
    pub fn in_production(&self, name: &str) -> Option<&Version> {
        let versions = self.content.models.get(name)?;
        versions.iter().rev().find(|version| version.stage == Stage::Production)
    }

    /// Adds a version of a model; answers it. One that shall be served is checked like one that is promoted,
    /// unless `unchecked`.
    ///
    /// # Errors
    ///
    /// A signature without inputs, or those of [`Registry::promote`]; then nothing is registered.
    pub fn register(
        &mut self,
        name: &str,
        what: Registration,
        unchecked: bool,
    ) -> anyhow::Result<&Version> {
        let contract = Contract::of(what.signature.as_ref())?;
        let versions = self.content.models.entry(name.to_owned()).or_default();
        let version = u32::try_from(versions.len())? + 1;
        let checked = what.stage.is_served() && !unchecked;
        versions.push(Version {
            version,
            stage: if checked { Stage::None } else { what.stage },
            artifact_uri: what.artifact_uri,
            metrics: what.metrics,
            data_span: what.data_span,
            feature_version: what.feature_version,
            signature: what.signature,
            run_id: what.run_id,
            description: what.description,
            feature_contract: contract,
            created_at: self.now.clone(),
            updated_at: self.now.clone(),
        });
        if checked {
            self.change(name, version, what.stage)?;
        }
        self.write()?;
        self.version(name, version)
    }

    /// Moves a version to a stage; answers it. Who stood in Staging or Production before is archived.
    ///
    /// # Errors
    ///
    /// An unknown model or version; for Staging and Production a version without a signature, or with other
    /// inputs, or the same in another order, than the one that stands there. Then nothing changes.
    pub fn promote(&mut self, name: &str, version: u32, stage: Stage) -> anyhow::Result<&Version> {
        self.change(name, version, stage)?;
        self.write()?;
        self.version(name, version)
    }

    /// The versions of a model in order.
    ///
    /// # Errors
    ///
    /// An unknown model.
    pub fn versions(&self, name: &str) -> anyhow::Result<&[Version]> {
        match self.content.models.get(name) {
            Some(versions) => Ok(versions),
            None => {
                let names: Vec<&str> = self.content.models.keys().map(String::as_str).collect();
                bail!("There is no model {name} in {}; it has {names:?}", self.file.display())
            }
        }
    }

    fn version(&self, name: &str, version: u32) -> anyhow::Result<&Version> {
        let versions = self.versions(name)?;
        let found = versions.iter().find(|other| other.version == version);
        found.with_context(|| {
            format!("{name} has no version {version}; it has 1 to {}", versions.len())
        })
    }

    fn change(&mut self, name: &str, version: u32, stage: Stage) -> anyhow::Result<()> {
        let candidate = self.version(name, version)?;
        let before = self
            .versions(name)?
            .iter()
            .find(|other| other.version != version && other.stage == stage && stage.is_served());
        if stage.is_served() {
            candidate.feature_contract.require(name, version)?;
            if let Some(before) = before {
                check_same(name, candidate, before)?;
            }
        }
        let replaced = before.map(|before| before.version);
        let now = self.now.clone();
        for other in self.content.models.get_mut(name).into_iter().flatten() {
            let stage = match other.version {
                number if number == version => stage,
                number if Some(number) == replaced => Stage::Archived,
                _ => continue,
            };
            other.stage = stage;
            other.updated_at.clone_from(&now);
        }
        Ok(())
    }

    fn write(&self) -> anyhow::Result<()> {
        files::write(&self.file, serde_json::to_string_pretty(&self.content)?.as_bytes())
    }
}

#[cfg(test)]
mod tests;
