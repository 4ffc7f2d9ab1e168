//! What a model promises to take: the names of its inputs, in order.

use super::Version;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The names in order; empty without a signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Contract(Vec<String>);

impl Contract {
    /// Reads it from a signature.
    pub(super) fn of(signature: Option<&Value>) -> anyhow::Result<Self> {
        let Some(signature) = signature else {
            return Ok(Self::default());
        };
        let inputs = signature.get("inputs").and_then(Value::as_array);
        let inputs = inputs.context("The signature has no list inputs")?;
        let name = |(at, input): (usize, &Value)| {
            let name = input.get("name").and_then(Value::as_str).map(str::to_owned);
            name.with_context(|| format!("Input {} of the signature has no name", at + 1))
        };
        Ok(Self(inputs.iter().enumerate().map(name).collect::<Result<_, _>>()?))
    }

    /// Refuses a model of other inputs than are promised; where nothing is promised, any will do.
    ///
    /// # Errors
    ///
    /// Other names, or the same in another order.
    pub fn check(&self, version: &str, names: &[String]) -> anyhow::Result<()> {
        if self.0.is_empty() || self.0 == names {
            return Ok(());
        }
        bail!(
            "The model of {version} takes {names:?}, the registry says {:?}: register it anew",
            self.0
        )
    }

    /// Refuses a version that promises nothing.
    pub(super) fn require(&self, name: &str, version: u32) -> anyhow::Result<()> {
        if self.0.is_empty() {
            bail!("{name} {version} has no signature with inputs; register it with --signature");
        }
        Ok(())
    }
}

/// Refuses a version that takes something else than the one it replaces.
pub(super) fn check_same(name: &str, new: &Version, old: &Version) -> anyhow::Result<()> {
    let (new_names, old_names) = (&new.feature_contract.0, &old.feature_contract.0);
    if new_names == old_names {
        return Ok(());
    }
    let missing: Vec<&String> = old_names.iter().filter(|name| !new_names.contains(name)).collect();
    let more: Vec<&String> = new_names.iter().filter(|name| !old_names.contains(name)).collect();
    let difference = match (missing.is_empty(), more.is_empty()) {
        (true, true) => "they stand in another order".to_owned(),
        _ => format!("missing: {missing:?}, more: {more:?}"),
    };
    bail!(
        "{name} {} does not take the inputs of {name} {}, which stands in {}: {difference}; demote that one first",
        new.version,
        old.version,
        old.stage.name()
    )
}
