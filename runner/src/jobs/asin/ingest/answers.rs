//! The file of a run's answers: a JSON object per line, in the order they came. A line that a killed process left
//! without its end does not count.

use super::provider::Provider;
use super::{Had, Item};
use crate::record::Clock;
use crate::store::LocalStore;
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The service's name.
    pub(super) source: String,
    pub(super) asin: String,
    pub(super) site: String,
    pub(super) kind: String,
    pub(super) fetched_at: Timestamp,
    pub(super) since: Date,
    pub(super) until: Date,
    /// Where it is as it came, below the job's folder.
    pub(super) path: String,
    /// The SHA-256 of that file.
    pub(super) sha256: String,
    /// Records in it.
    pub(super) items: usize,
    pub(super) body: Value,
}

/// The file.
pub(super) struct Answers {
    path: PathBuf,
    file: File,
    count: usize,
}

/// Where a run's answers are.
pub(super) fn file_of(run_id: &str) -> String {
    format!("raw_data/answers/{run_id}.jsonl")
}

/// The id of a run that begins now: its second, with a number behind it where another began in that.
///
/// # Errors
///
/// When there is no such path.
pub fn new_run(store: &LocalStore, clock: &Clock) -> anyhow::Result<String> {
    let second = clock.run_id();
    let mut run_id = second.clone();
    let mut count = 1;
    while store.resolve(&file_of(&run_id))?.exists() {
        count += 1;
        run_id = format!("{second}_{count}");
    }
    Ok(run_id)
}

impl Answers {
    /// Opens the file of a run, and says what is in it.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, a line of it is no answer, or one of another service.
    pub(super) fn open(
        store: &LocalStore,
        run_id: &str,
        provider: Provider,
    ) -> anyhow::Result<(Self, Had)> {
        let name = file_of(run_id);
        // Makes its folder too.
        let file = store.append(&name)?;
        let path = store.resolve(&name)?;
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole as u64).with_context(|| path.display().to_string())?;
        let mut had = Had::new();
        for (at, line) in content[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let answer: Answer = serde_json::from_slice(line).with_context(|| {
                format!("{}, line {} is no answer: remove the file", path.display(), at + 1)
            })?;
            if answer.source != provider.name() {
                bail!(
                    "Run {run_id} asked {}, not {}: go on with the same --source",
                    answer.source,
                    provider.name()
                );
            }
            if let Some(kind) = provider.kinds().iter().find(|kind| **kind == answer.kind) {
                had.insert((Item { asin: answer.asin, site: answer.site }, *kind));
            }
        }
        let count = had.len();
        Ok((Self { path, file, count }, had))
    }

    /// Notes an answer.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails.
    pub(super) fn note(&mut self, answer: &Answer) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(answer)?;
        line.push(b'\n');
        let written = self.file.write_all(&line);
        written.with_context(|| format!("{} cannot be written", self.path.display()))?;
        self.count += 1;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }
}
