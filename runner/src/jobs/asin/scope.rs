use anyhow::{Context as _, bail};
use jiff::civil::Date;
use minijinja::{Value, context};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Which days and products a command is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// This day only; absent, every day of a file, and today of the warehouse.
    pub date: Option<Date>,
    /// These products only, in order; absent, all.
    pub asins: Option<Vec<String>>,
    /// So many products at most: the first of the list, or the first by name.
    pub limit: Option<u32>,
}

impl Scope {
    /// Reads the list of products: one to a line, blank lines and those that begin with `#` left out, what is
    /// named twice taken once.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, a line that is no ASIN, no line at all.
    pub fn read(
        date: Option<Date>,
        file: Option<&Path>,
        limit: Option<u32>,
    ) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self { date, asins: None, limit });
        };
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let mut seen = BTreeSet::new();
        let mut asins = Vec::new();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if !is_asin(line) {
                bail!(
                    "{}, line {}: {line:?} is no ASIN; give one to a line, letters and digits",
                    file.display(),
                    at + 1
                );
            }
            if seen.insert(line.to_owned()) {
                asins.push(line.to_owned());
            }
        }
        if asins.is_empty() {
            bail!("{} names no ASIN; give one to a line", file.display());
        }
        asins.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
        Ok(Self { date, asins: Some(asins), limit })
    }

    /// As templates take it.
    pub fn parameters(&self) -> Value {
        context! { date => self.date.map(|date| date.to_string()), asins => &self.asins }
    }
}

/// Letters and digits, as they stand in addresses and file names.
pub(super) fn is_asin(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, limit: Option<u32>) -> anyhow::Result<Scope> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("asins.txt");
        fs::write(&file, text).expect("written");
        Scope::read(None, Some(&file), limit)
    }

    #[test]
    fn lists_have_an_asin_to_a_line() {
        let scope = read("\u{feff}B001\r\n\n# more\n B002 \nB001\nB003\n", Some(2)).expect("read");
        assert_eq!(scope.asins, Some(vec!["B001".to_owned(), "B002".to_owned()]));
    }

    #[test]
    fn other_lines_are_refused() {
        let error = read("B001\nB/../2\n", None).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("B/../2"), "{error}");
        assert!(read("# none\n", None).unwrap_err().to_string().contains("names no ASIN"));
    }
}
