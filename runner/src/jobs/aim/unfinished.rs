//! Runs that did not end: which there are, and what must hold for one to be continued.

use super::{Selection, Stage};
use crate::config::{Flags, Setting};
use crate::record::{Clock, History, Journal};
use crate::warehouse::working_copy::{RootLock, WORK_FOLDER};
use anyhow::bail;
use std::collections::BTreeMap;
use std::path::Path;

/// What may differ when a run is continued: how fast and how patiently it works, not what comes out.
const MAY_CHANGE: [&str; 9] = [
    "AIM_LOCAL_ROOT",
    "AIM_LOG",
    "AIM_MEMORY_LIMIT",
    "AIM_MIN_SUCCESS_SHARE",
    "AIM_PARALLEL_SEGMENTS",
    "AIM_REQUESTS_PER_SEGMENT",
    "AIM_REQUEST_TIMEOUT_S",
    "AIM_THREADS",
    "AIM_WAVES_CONCURRENCY",
];

/// A run that did not end, and the right to continue it.
pub struct Unfinished {
    pub(super) lock: RootLock,
    pub(super) journal: Journal,
    pub(super) history: History,
}

impl Unfinished {
    /// Finds the run in the root folder.
    ///
    /// # Errors
    ///
    /// When there is no such run, with those there are; when one is under way; when another version of
    /// this program began it.
    pub fn find(root: &Path, run_id: &str) -> anyhow::Result<Self> {
        // A root is not made by looking for runs in it.
        if !root.join(WORK_FOLDER).is_dir() {
            bail!("There is no run to continue in {}: start a new one", root.display());
        }
        let lock = RootLock::acquire(root)?;
        let folder = lock.folder();
        if !Journal::list(folder)?.iter().any(|id| id == run_id) {
            bail!(
                "There is no run {run_id} to continue in {}: {}",
                root.display(),
                listed(folder)?
            );
        }
        let (journal, history) = Journal::reopen(folder, run_id)?;
        let version = env!("CARGO_PKG_VERSION");
        if history.start.program != version {
            bail!(
                "The run {run_id} was begun by version {}, and this is version {version}: continue it \
                 with the same, or start a new one",
                history.start.program
            );
        }
        Ok(Self { lock, journal, history })
    }

    /// The flags it was started with; where it is, is for the caller to say.
    pub fn flags(&self, local_root: Option<String>) -> Flags {
        Flags { local_root, ..self.history.start.flags.clone() }
    }

    /// Its clock.
    pub fn clock(&self) -> Clock {
        Clock::resumed(self.history.start.now, self.history.start.ahead)
    }

    /// Its stages, those that are done included.
    pub fn selection(&self) -> Selection {
        let numbers = &self.history.start.stages;
        let only = Stage::ALL.into_iter().filter(|stage| numbers.contains(&stage.number()));
        Selection { only: only.collect(), from: None }
    }

    /// That the settings are those it began with.
    ///
    /// # Errors
    ///
    /// When one differs that decides about results, with all that do.
    pub fn check(&self, settings: &[Setting]) -> anyhow::Result<()> {
        let before = &self.history.start.settings;
        let now = by_name(settings);
        let value = |settings: &BTreeMap<String, String>, name: &str| {
            settings.get(name).filter(|value| !value.is_empty()).cloned()
        };
        let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
        names.sort();
        names.dedup();
        let shown = |value: Option<String>| value.unwrap_or_else(|| "not set".to_owned());
        let changed: Vec<String> = names
            .into_iter()
            .filter(|name| !MAY_CHANGE.contains(&name.as_str()))
            .filter_map(|name| {
                let (before, now) = (value(before, name), value(&now, name));
                (before != now)
                    .then(|| format!("{name} was {} and is {}", shown(before), shown(now)))
            })
            .collect();
        if !changed.is_empty() {
            bail!(
                "The settings are not those the run began with: {}; set them back, or start a new run",
                changed.join(", ")
            );
        }
        Ok(())
    }
}

/// Settings by their variables, as the journal has them.
pub(super) fn by_name(settings: &[Setting]) -> BTreeMap<String, String> {
    settings.iter().map(|setting| (setting.name.to_owned(), setting.value.clone())).collect()
}

/// The runs that can be continued, for a message.
fn listed(folder: &Path) -> anyhow::Result<String> {
    let mut runs = Vec::new();
    for run_id in Journal::list(folder)? {
        // What cannot be read cannot be continued.
        if let Ok(Some(history)) = Journal::history(folder, &run_id) {
            let total = history.start.stages.len();
            let done = history.stages().len();
            runs.push(format!("{run_id} ({done} of {total} stages done)"));
        }
    }
    Ok(if runs.is_empty() {
        "there is none, start a new one".to_owned()
    } else {
        format!("there are {}", runs.join(", "))
    })
}
