//! The variables of the process and of `.env`.

use super::setting::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that holds variables, looked for from the current folder upwards.
const FILE: &str = ".env";

/// Variables by name. Read once; nothing of it changes the process's own.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    process: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
}

impl Environment {
    /// These variables, as if the process had them.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { process: variables.into_iter().collect(), file: BTreeMap::new() }
    }

    /// The process's variables, and those of `.env` that it does not have.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or has a line that is none. Its lines are not shown: they may
    /// hold secrets.
    pub fn of_process() -> anyhow::Result<Self> {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let process = std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect();
        let folder = std::env::current_dir().unwrap_or_default();
        let file = folder.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file());
        Ok(Self { process, file: file.map_or(Ok(BTreeMap::new()), read)? })
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(value, _)| value)
    }

    pub(super) fn find(&self, name: &str) -> Option<(&str, Source)> {
        let process = self.process.get(name).map(|value| (&**value, Source::Environment));
        process.or_else(|| self.file.get(name).map(|value| (&**value, Source::DotEnv)))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.process.keys().chain(self.file.keys()).map(String::as_str)
    }
}

fn read(path: PathBuf) -> anyhow::Result<BTreeMap<String, String>> {
    let lines = dotenvy::from_path_iter(&path).map_err(|error| unreadable(&path, error))?;
    lines.map(|line| line.map_err(|error| unreadable(&path, error))).collect()
}

fn unreadable(path: &Path, error: dotenvy::Error) -> anyhow::Error {
    let path = path.display();
    match error {
        dotenvy::Error::LineParse(..) => anyhow::anyhow!(
            "{path} has a line that is not NAME=value: put values with blanks or signs in 'quotes'"
        ),
        error => anyhow::Error::new(error).context(format!("{path} cannot be read")),
    }
}
