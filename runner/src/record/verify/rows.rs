//! Result files, line by line.

use super::Verdict;
use anyhow::Context as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;

/// How many lines of a file are shown that differ; the others are counted.
const SHOWN: usize = 5;

/// The last column of some files: when the run was.
const CLOCK: &str = ",last_modified";

/// Compares two files in order. Memory does not grow with them.
pub(super) fn compare(
    kind: &str,
    golden: &Path,
    run: &Path,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let (mut expected, mut found) = (Reader::open(golden)?, Reader::open(run)?);
    let mut different = 0;
    for number in 1_u64.. {
        let (expected, found) = (expected.next()?, found.next()?);
        if expected.is_none() && found.is_none() {
            break;
        }
        if expected != found {
            different += 1;
            if different <= SHOWN {
                let shown = |line: Option<String>| line.unwrap_or_else(|| "no line".to_owned());
                verdict.differences.push(format!(
                    "{kind}_<run id>.csv, line {number}: expected {}, found {}",
                    shown(expected),
                    shown(found)
                ));
            }
        }
    }
    if different > SHOWN {
        let more = different - SHOWN;
        verdict.differences.push(format!("{kind}_<run id>.csv: {more} more lines differ"));
    }
    Ok(())
}

struct Reader<'a> {
    path: &'a Path,
    lines: Lines<BufReader<File>>,
    /// Whether the last column is a clock; known after the header.
    clock: Option<bool>,
}

impl<'a> Reader<'a> {
    fn open(path: &'a Path) -> anyhow::Result<Self> {
        let file =
            File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Self { path, lines: BufReader::new(file).lines(), clock: None })
    }

    /// The next line, without the clock.
    fn next(&mut self) -> anyhow::Result<Option<String>> {
        let Some(line) = self.lines.next() else { return Ok(None) };
        let line = line.with_context(|| format!("{} is no UTF-8 text", self.path.display()))?;
        let is_header = self.clock.is_none();
        let clock = *self.clock.get_or_insert_with(|| line.ends_with(CLOCK));
        Ok(Some(match line.rsplit_once(',') {
            Some((rest, _)) if clock && !is_header => rest.to_owned(),
            _ => line,
        }))
    }
}
