//! What each channel was told of a day.

use crate::store::{LocalStore, ObjectStore as _};
use anyhow::Context as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Keys of alerts by channel.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    #[serde(skip)]
    file: String,
    told: BTreeMap<String, BTreeSet<String>>,
}

impl State {
    /// What was remembered.
    ///
    /// # Errors
    ///
    /// A file that is there and cannot be read.
    pub(super) fn load(store: &LocalStore, day: Date) -> anyhow::Result<Self> {
        let file = format!("output/alerts_{day}.json");
        let path = store.resolve(&file)?;
        let state = match path.is_file() {
            false => Self::default(),
            true => serde_json::from_slice(&fs::read(&path)?)
                .with_context(|| format!("{} is damaged: remove it", path.display()))?,
        };
        Ok(Self { file, ..state })
    }

    pub(super) fn knows(&self, channel: &str, key: &str) -> bool {
        self.told.get(channel).is_some_and(|keys| keys.contains(key))
    }

    pub(super) fn note(&mut self, channel: &str, keys: impl IntoIterator<Item = String>) {
        self.told.entry(channel.to_owned()).or_default().extend(keys);
    }

    pub(super) fn save(&self, store: &LocalStore) -> anyhow::Result<()> {
        store.write(&self.file, &serde_json::to_vec_pretty(self)?)
    }
}
