//! LightGBM's parameters, as its command line takes them.

use anyhow::bail;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt::{self, Display};

/// Names and values. A name that is set again has the last value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.set(name, value);
        self
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: impl Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// The value of one, as LightGBM reads it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// As one text for LightGBM, which separates them by blanks.
    pub(super) fn text(&self) -> anyhow::Result<CString> {
        let blank =
            |text: &str| text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '\0');
        if let Some((name, value)) = self.0.iter().find(|(name, value)| blank(name) || blank(value))
        {
            bail!(
                "The LightGBM parameter {name:?} = {value:?} is empty or has a blank; correct it"
            );
        }
        Ok(CString::new(self.to_string())?)
    }
}

impl Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            let blank = if at == 0 { "" } else { " " };
            write!(f, "{blank}{name}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Numbers as numbers, as whoever reads them back expects.
        serializer.collect_map(self.0.iter().map(|(name, value)| {
            let number = serde_json::from_str::<serde_json::Value>(value).ok();
            let value = number.filter(|value| value.is_number() || value.is_boolean());
            (name, value.unwrap_or_else(|| self.0[name].clone().into()))
        }))
    }
}
