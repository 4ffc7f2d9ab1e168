//! The journal of a run: what another process needs to continue it.
//!
//! `<run id>.journal` stands beside the working copy. It is append-only, a JSON object per line, each on
//! disk before the run goes on. A line that a killed process left without its end does not count.

use super::clock::Clock;
use super::snapshot::Snapshot;
use super::status::Kept;
use crate::config::Flags;
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The version of the records; a journal of another one is refused.
const VERSION: u32 = 1;

const EXTENSION: &str = "journal";

/// How a run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    version: u32,
    /// The program's version: another one may compute differently.
    pub program: String,
    /// The run's `now`.
    pub now: Timestamp,
    /// How far that was ahead of the system's time.
    pub ahead: SignedDuration,
    /// The flags that are settings.
    pub flags: Flags,
    /// The selected stages, by their numbers.
    pub stages: Vec<u32>,
    /// Every setting by its variable, as it is shown: without secrets.
    pub settings: BTreeMap<String, String>,
}

impl Start {
    /// A run of this program that begins now.
    pub fn new(
        clock: &Clock,
        flags: Flags,
        stages: Vec<u32>,
        settings: BTreeMap<String, String>,
    ) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let (now, ahead) = (clock.now(), clock.ahead());
        Self { version: VERSION, program, now, ahead, flags, stages, settings }
    }
}

/// What a run works on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The SHA-256 of every input file, by its path below the root.
    pub files: BTreeMap<String, String>,
    /// A mark of the warehouse's content.
    pub warehouse: String,
}

/// What a run has to say in the end. All stages are done, and what is published elsewhere is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Rows kept aside: source, reason, count.
    pub rejected: Vec<[String; 3]>,
    /// The published tables and their rows.
    pub published: Vec<(String, u64)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase")]
enum Record {
    Start(Start),
    Inputs(Inputs),
    Done(Box<Snapshot>),
    Closing(Closing),
}

/// Everything a journal says.
#[derive(Debug, Clone)]
pub struct History {
    /// How the run began.
    pub start: Start,
    /// What it works on, once that was looked at.
    pub inputs: Option<Inputs>,
    /// How far it came; none before its preparation was done.
    pub last: Option<Snapshot>,
    /// Its end, once only the warehouse's files were to be put in place.
    pub closing: Option<Closing>,
}

impl History {
    /// The stages that are done, by their numbers.
    pub fn stages(&self) -> Vec<u32> {
        let last = self.last.as_ref();
        last.map(|last| last.stages.iter().map(|(stage, _)| *stage).collect()).unwrap_or_default()
    }

    /// What the status file says of results.
    pub fn kept(&self) -> Kept {
        self.last.as_ref().map(|last| last.kept.clone()).unwrap_or_default()
    }
}

/// A journal that is being written.
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Begins the journal of a run in the folder; an older one of the same run is replaced.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn begin(folder: &Path, run_id: &str, start: Start) -> anyhow::Result<Self> {
        let path = path(folder, run_id);
        let file = File::create(&path).with_context(|| unwritable(&path))?;
        let mut this = Self { path, file };
        this.append(&Record::Start(start))?;
        // The name must survive a power cut as well as the content.
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| unwritable(&this.path))?;
        Ok(this)
    }

    /// Continues the journal of a run.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, is of another version, or damaged.
    pub fn reopen(folder: &Path, run_id: &str) -> anyhow::Result<(Self, History)> {
        let path = path(folder, run_id);
        let (history, whole) = read(&path)?;
        let open = || -> std::io::Result<File> {
            let file = File::options().append(true).open(&path)?;
            file.set_len(whole)?;
            Ok(file)
        };
        let file = open().with_context(|| unwritable(&path))?;
        Ok((Self { path, file }, history))
    }

    /// The ids of the runs that have a journal in the folder, the newest first.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn list(folder: &Path) -> anyhow::Result<Vec<String>> {
        let unreadable = || format!("{} cannot be read", folder.display());
        let mut ids = Vec::new();
        for entry in fs::read_dir(folder).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION)
                && let Some(id) = path.file_stem()
            {
                ids.push(id.to_string_lossy().into_owned());
            }
        }
        ids.sort();
        ids.reverse();
        Ok(ids)
    }

    /// What the journal of a run says; none if the run has none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is of another version, or damaged.
    pub fn history(folder: &Path, run_id: &str) -> anyhow::Result<Option<History>> {
        let path = path(folder, run_id);
        if path.is_file() { Ok(Some(read(&path)?.0)) } else { Ok(None) }
    }

    /// Notes what the run works on.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails; so for the others.
    pub fn inputs(&mut self, inputs: Inputs) -> anyhow::Result<()> {
        self.append(&Record::Inputs(inputs))
    }

    /// Notes how far the run is. The working copy must be whole on disk before.
    ///
    /// # Errors
    ///
    /// As for [`Journal::inputs`].
    pub fn done(&mut self, snapshot: Snapshot) -> anyhow::Result<()> {
        self.append(&Record::Done(Box::new(snapshot)))
    }

    /// Notes that only the files are to be put in place.
    ///
    /// # Errors
    ///
    /// As for [`Journal::inputs`].
    pub fn closing(&mut self, closing: Closing) -> anyhow::Result<()> {
        self.append(&Record::Closing(closing))
    }

    fn append(&mut self, record: &Record) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.with_context(|| unwritable(&self.path))
    }
}

/// What a journal says, and where its last whole line ends.
fn read(path: &Path) -> anyhow::Result<(History, u64)> {
    let content = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let whole = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut records = Vec::new();
    for (at, line) in content[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let record = serde_json::from_slice::<Record>(line).with_context(|| {
            format!("{}, line {} is no record: start a new run", path.display(), at + 1)
        })?;
        records.push(record);
    }
    let mut records = records.into_iter();
    let start = match records.next() {
        Some(Record::Start(start)) if start.version == VERSION => start,
        Some(Record::Start(_)) => {
            bail!("{} is of another version of this program: start a new run", path.display())
        }
        _ => bail!("{} has no beginning: start a new run", path.display()),
    };
    let mut history = History { start, inputs: None, last: None, closing: None };
    for record in records {
        match record {
            Record::Start(_) => bail!("{} begins twice: start a new run", path.display()),
            Record::Inputs(inputs) => history.inputs = Some(inputs),
            Record::Done(snapshot) => history.last = Some(*snapshot),
            Record::Closing(closing) => history.closing = Some(closing),
        }
    }
    Ok((history, whole as u64))
}

fn path(folder: &Path, run_id: &str) -> PathBuf {
    folder.join(format!("{run_id}.{EXTENSION}"))
}

fn unwritable(path: &Path) -> String {
    format!("{} cannot be written: check its permissions and the free space", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Manifest;

    const RUN: &str = "20260315_071500";

    fn start() -> Start {
        let now = "2026-03-15T07:15:00Z".parse().expect("a timestamp");
        let settings = BTreeMap::from([("DATABASE_URL".to_owned(), "***".to_owned())]);
        Start::new(&Clock::new(Some(now)), Flags::default(), vec![1, 2], settings)
    }

    fn snapshot(stages: &[u32]) -> Snapshot {
        Snapshot {
            stages: stages.iter().map(|stage| (*stage, 1.5)).collect(),
            waves_s: 0.25,
            manifest: Manifest::new(crate::config::Mode::Local, false),
            kept: Kept::default(),
        }
    }

    fn history(folder: &Path) -> History {
        Journal::history(folder, RUN).expect("read").expect("there")
    }

    #[test]
    fn what_was_noted_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let begun = start();
        let mut journal = Journal::begin(folder, RUN, begun.clone()).expect("begun");
        assert_eq!(history(folder).start, begun);
        let inputs = Inputs { warehouse: "w".to_owned(), ..Inputs::default() };
        journal.inputs(inputs.clone()).expect("noted");
        journal.done(snapshot(&[])).expect("noted");
        journal.done(snapshot(&[1])).expect("noted");
        drop(journal);
        let (mut journal, read) = Journal::reopen(folder, RUN).expect("reopened");
        assert_eq!((read.inputs, read.closing), (Some(inputs), None));
        assert_eq!(read.last.expect("a snapshot").stages, [(1, 1.5)]);
        let closing = Closing { published: vec![("t".to_owned(), 5)], ..Closing::default() };
        journal.closing(closing.clone()).expect("noted");
        assert_eq!(history(folder).closing, Some(closing));
        assert_eq!(Journal::list(folder).expect("listed"), [RUN]);
        assert!(Journal::history(folder, "another").expect("read").is_none());
    }

    /// However much of the last line is there, all before it counts, and what follows is whole again.
    #[test]
    fn a_torn_line_does_not_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut journal = Journal::begin(folder, RUN, start()).expect("begun");
        journal.done(snapshot(&[1])).expect("noted");
        let file = folder.join(format!("{RUN}.journal"));
        let before = fs::read(&file).expect("read");
        journal.done(snapshot(&[1, 2])).expect("noted");
        let after = fs::read(&file).expect("read");
        for length in before.len()..after.len() {
            fs::write(&file, &after[..length]).expect("torn");
            let (mut journal, read) = Journal::reopen(folder, RUN).expect("reopened");
            assert_eq!(read.last.expect("a snapshot").stages.len(), 1, "{length} bytes");
            journal.done(snapshot(&[1, 2, 3])).expect("noted");
            assert_eq!(history(folder).last.expect("a snapshot").stages.len(), 3);
        }
    }

    #[test]
    fn other_journals_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let file = folder.join(format!("{RUN}.journal"));
        let error = || Journal::history(folder, RUN).expect_err("refused").to_string();
        drop(Journal::begin(folder, RUN, start()).expect("begun"));
        let text = fs::read_to_string(&file).expect("read");
        fs::write(&file, text.replace("\"version\":1", "\"version\":2")).expect("written");
        assert!(error().contains("another version"), "{}", error());
        fs::write(&file, format!("{text}what\n")).expect("written");
        assert!(error().contains("line 2 is no record"), "{}", error());
        fs::write(&file, &text[..5]).expect("written");
        assert!(error().contains("has no beginning"), "{}", error());
    }
}
