//! What there is to say about a setting: its names, its value, where that comes from.

use std::fmt;

/// Where a value comes from; each of these wins over those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It was not set.
    Default,
    /// The file `.env`.
    DotEnv,
    /// The process's environment.
    Environment,
    /// The JSON override file.
    Overrides,
    /// A flag of the command line.
    CommandLine,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Default => "default",
            Self::DotEnv => ".env",
            Self::Environment => "environment",
            Self::Overrides => "JSON",
            Self::CommandLine => "command line",
        })
    }
}

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The key of the JSON override file, if there is one.
    pub key: Option<&'static str>,
    /// The value; `***` for a secret, empty where there is none.
    pub value: String,
    /// Where it comes from.
    pub source: Source,
}

/// The names a setting has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) variable: &'static str,
    pub(super) key: Option<&'static str>,
}

impl From<&'static str> for Name {
    fn from(variable: &'static str) -> Self {
        Self { variable, key: None }
    }
}

/// Variable and key.
impl From<(&'static str, &'static str)> for Name {
    fn from((variable, key): (&'static str, &'static str)) -> Self {
        Self { variable, key: Some(key) }
    }
}
