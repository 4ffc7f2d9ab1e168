//! Compares what two runs left behind: status, manifest, cost report and result files. Run ids and
//! clocks do not count.

mod documents;
mod rows;

use anyhow::{Context as _, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// How two runs differ.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What is not the same, a sentence each.
    pub differences: Vec<String>,
    /// What was not compared, and why.
    pub notes: Vec<String>,
}

/// Compares a run with one that is known to be right. Each folder is a run's local root, or its
/// `output` folder.
///
/// # Errors
///
/// When a folder holds no run, or a file in it cannot be read.
pub fn verify(golden: &Path, run: &Path) -> anyhow::Result<Verdict> {
    let (golden, run) = (Left::find(golden)?, Left::find(run)?);
    let mut verdict = Verdict::default();
    let same_clock = golden.run_id().is_some() && golden.run_id() == run.run_id();
    for (file, compare) in [
        (STATUS, &documents::status as Compare<'_>),
        (MANIFEST, &|golden, run, verdict| {
            documents::manifest(golden, run, same_clock, verdict);
        }),
        (COST, &documents::cost),
    ] {
        match (golden.json(file)?, run.json(file)?) {
            (Some(golden), Some(run)) => compare(&golden, &run, &mut verdict),
            (Some(_), None) => verdict.differences.push(format!("{file} is missing")),
            (None, _) => verdict.notes.push(format!("{file}: the golden run has none")),
        }
    }
    for kind in ["results", "cam_sku"] {
        match (golden.rows(kind)?, run.rows(kind)?) {
            (Some(golden), Some(run)) => rows::compare(kind, &golden, &run, &mut verdict)?,
            (Some(_), None) => {
                verdict.differences.push(format!("{kind}_<run id>.csv is missing"));
            }
            (None, _) => {
                verdict.notes.push(format!("{kind}_<run id>.csv: the golden run has none"));
            }
        }
    }
    Ok(verdict)
}

type Compare<'a> = &'a dyn Fn(&Value, &Value, &mut Verdict);

const STATUS: &str = "job_status.json";
const MANIFEST: &str = "run_manifest.json";
const COST: &str = "cost_report.json";

/// What a run left.
struct Left {
    folder: PathBuf,
    status: Option<Value>,
}

impl Left {
    fn find(root: &Path) -> anyhow::Result<Self> {
        let below = root.join("output");
        let folder = if below.is_dir() { below } else { root.to_owned() };
        if ![STATUS, MANIFEST].iter().any(|file| folder.join(file).is_file()) {
            bail!(
                "{} holds no run: it has neither {STATUS} nor {MANIFEST}, nor a folder output with them",
                root.display()
            );
        }
        let mut this = Self { folder, status: None };
        this.status = this.json(STATUS)?;
        Ok(this)
    }

    fn run_id(&self) -> Option<&str> {
        self.status.as_ref()?["run_id"].as_str()
    }

    fn json(&self, file: &str) -> anyhow::Result<Option<Value>> {
        let path = self.folder.join(file);
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let value = serde_json::from_str(&text)
            .with_context(|| format!("{} is not valid JSON", path.display()))?;
        Ok(Some(value))
    }

    /// The file of rows of the run that the status tells of; without one, the newest by name.
    fn rows(&self, kind: &str) -> anyhow::Result<Option<PathBuf>> {
        if let Some(run_id) = self.run_id() {
            let path = self.folder.join(format!("{kind}_{run_id}.csv"));
            if path.is_file() {
                return Ok(Some(path));
            }
        }
        let unreadable = || format!("{} cannot be read", self.folder.display());
        let prefix = format!("{kind}_");
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).with_context(unreadable)? {
            let name = entry.with_context(unreadable)?.file_name().to_string_lossy().into_owned();
            if name.starts_with(&prefix) && name.ends_with(".csv") {
                found.push(name);
            }
        }
        Ok(found.into_iter().max().map(|name| self.folder.join(name)))
    }
}
