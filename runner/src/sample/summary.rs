//! What was written, for people.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file of the sample.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// Path below the folder of the sample.
    pub path: PathBuf,
    /// Rows of data in it; the overrides have none.
    pub rows: u64,
}

/// Everything that was written.
#[derive(Clone, Debug)]
pub struct Summary {
    out: PathBuf,
    /// The files in the order in which they were written.
    pub files: Vec<File>,
    /// Items of all click-stream events.
    pub event_items: u64,
}

impl Summary {
    pub(super) fn new(out: &Path) -> Self {
        Self { out: out.to_owned(), files: Vec::new(), event_items: 0 }
    }

    pub(super) fn add(&mut self, path: &Path, rows: u64) {
        let path = path.strip_prefix(&self.out).unwrap_or(path).to_owned();
        self.files.push(File { path, rows });
    }
}

impl fmt::Display for Summary {
    /// A table of files and rows; the days of the click-stream share one line.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_day = |file: &&File| file.path.starts_with("reference/analytics");
        writeln!(out, "Sample input in {}", self.out.display())?;
        for file in self.files.iter().filter(|file| !is_day(file)) {
            match file.rows {
                0 => writeln!(out, "  {}", file.path.display())?,
                rows => writeln!(out, "  {:<66} {rows:>11} rows", file.path.display().to_string())?,
            }
        }
        let days = self.files.iter().filter(is_day);
        let (count, events) = days.fold((0, 0), |(n, rows), file| (n + 1, rows + file.rows));
        let name = format!("reference/analytics/events_*.parquet ({count} days)");
        write!(out, "  {name:<66} {events:>11} events, {} items", self.event_items)
    }
}
