//! What runs on an engine, and how it ended.

use super::engines::{Engine, Refused, Session};
use anyhow::bail;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How much there is of something, and how much of it works.
#[derive(Default)]
struct Tally {
    good: usize,
    all: usize,
}

/// How the suite ended on an engine that started and loaded the extension.
pub(crate) struct Report {
    platform: Option<String>,
    scalars: Tally,
    aggregates: Tally,
    examples: Tally,
    files: Tally,
    failures: Vec<String>,
}

impl Report {
    /// The failures, as one.
    pub(crate) fn into_result(self) -> anyhow::Result<()> {
        if self.failures.is_empty() {
            return Ok(());
        }
        bail!("{}", self.failures.join("\n\n"))
    }
}

/// A function that `aim_functions()` lists.
#[derive(PartialEq)]
struct Function {
    name: String,
    kind: String,
    arguments: String,
    example: String,
}

/// Runs everything on an engine.
pub(crate) fn run(engine: &Engine) -> anyhow::Result<Report> {
    // Where every function is.
    let expected = functions(&mut Engine::InProcess.start()?)?;
    let mut session = engine.start()?;
    let listed = functions(&mut session)?;
    let mut report = Report {
        platform: session.platform().map(str::to_owned),
        scalars: tally("scalar", &listed, &expected),
        aggregates: tally("aggregate", &listed, &expected),
        examples: Tally::default(),
        files: Tally::default(),
        failures: Vec::new(),
    };
    for function in &expected {
        let Function { name, kind, arguments, .. } = function;
        let there = listed.contains(function);
        if there != (kind != "aggregate" || engine.takes_aggregates()) {
            let state = if there { "is there" } else { "is missing" };
            report.failures.push(format!("{kind} {name}({arguments}) {state}"));
        }
        report.examples.all += usize::from(there);
        let outcome =
            if there { example(&mut session, function) } else { missing(&mut session, function) };
        match outcome {
            Ok(()) => report.examples.good += usize::from(there),
            Err(failure) => report.failures.push(format!("{name}: {failure}")),
        }
    }
    let session = Arc::new(Mutex::new(session));
    for file in files(engine) {
        report.files.all += 1;
        match run_file(&session, &file) {
            Ok(()) => report.files.good += 1,
            Err(failure) => report.failures.push(failure),
        }
    }
    Ok(report)
}

fn functions(session: &mut Session) -> anyhow::Result<Vec<Function>> {
    let rows = session.rows("select name, kind, arguments, example from aim_functions()")?;
    let functions: Vec<Function> = rows
        .into_iter()
        .filter_map(|row| <[String; 4]>::try_from(row).ok())
        .map(|[name, kind, arguments, example]| Function { name, kind, arguments, example })
        .collect();
    if functions.is_empty() {
        bail!("aim_functions() is empty");
    }
    Ok(functions)
}

/// How many of a kind's functions are listed; overloads count as one.
fn tally(kind: &str, listed: &[Function], expected: &[Function]) -> Tally {
    let count = |functions: &[Function]| {
        let mut names: Vec<&str> =
            functions.iter().filter(|f| f.kind == kind).map(|f| f.name.as_str()).collect();
        names.dedup();
        names.len()
    };
    Tally { good: count(listed), all: count(expected) }
}

/// The example works, and is one of this function.
fn example(session: &mut Session, function: &Function) -> Result<(), String> {
    let Function { name, example, .. } = function;
    if !example.contains(name.as_str()) {
        return Err(format!("its example does not use it: {example}"));
    }
    let rows = session.rows(&format!("select {example}")).map_err(|error| error.to_string())?;
    match rows.first().and_then(|row| row.first()) {
        Some(value) if value != "NULL" => Ok(()),
        _ => Err(format!("its example has no result: {example}")),
    }
}

/// The engine says that it has no such function.
fn missing(session: &mut Session, function: &Function) -> Result<(), String> {
    let said = match session.rows(&format!("select {}", function.example)) {
        Ok(_) => return Err("it works, but is not listed".to_owned()),
        Err(error) => error.to_string(),
    };
    let expected = format!("{} does not exist", function.name);
    if said.contains(&expected) {
        Ok(())
    } else {
        Err(format!("expected {expected:?} in {said:?}"))
    }
}

/// The files that run on an engine.
fn files(engine: &Engine) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sqllogic");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the suite's folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .filter(|path| {
            engine.takes_aggregates() || !path.to_string_lossy().ends_with("_aggregates.slt")
        })
        .collect();
    assert!(!files.is_empty(), "no .slt file in {folder:?}");
    files.sort();
    files
}

/// Runs a file on an empty database.
fn run_file(session: &Arc<Mutex<Session>>, file: &Path) -> Result<(), String> {
    let lock = || session.lock().unwrap_or_else(PoisonError::into_inner);
    lock().start_over().map_err(|error| format!("{}: {error:#}", file.display()))?;
    let mut runner = Runner::new(|| async { Ok(Shared(Arc::clone(session))) });
    runner.run_file(file).map_err(|error| error.display(false).to_string())
}

/// A session that outlives the runner of a file.
struct Shared(Arc<Mutex<Session>>);

impl DB for Shared {
    type Error = Refused;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Refused> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).run(sql)
    }
}

/// The table of what works in which release: those given, or the pinned ones.
pub(crate) fn matrix(releases: Vec<String>) -> String {
    let engines: Vec<Engine> = if releases.is_empty() {
        Engine::all().into_iter().filter(|engine| matches!(engine, Engine::Python(_))).collect()
    } else {
        releases.into_iter().map(Engine::Python).collect()
    };
    let mut table =
        "| DuckDB | file for | loads | scalar functions | aggregates | examples | SQL tests |\n\
                     |---|---|---|---|---|---|---|\n"
            .to_owned();
    for engine in engines {
        let Engine::Python(release) = &engine else { continue };
        let row = match run(&engine) {
            Ok(report) => {
                for failure in &report.failures {
                    eprintln!("DuckDB {release}: {failure}");
                }
                let Report { platform, scalars, aggregates, examples, files, .. } = report;
                let platform = platform.unwrap_or_default();
                let of = |tally: &Tally| format!("{} of {}", tally.good, tally.all);
                [
                    platform,
                    "yes".to_owned(),
                    of(&scalars),
                    of(&aggregates),
                    of(&examples),
                    of(&files),
                ]
            }
            Err(error) => {
                eprintln!("DuckDB {release}: {error:#}");
                ["", "no", "", "", "", ""].map(str::to_owned)
            }
        };
        table += &format!("| {release} | {} |\n", row.join(" | "));
    }
    table
}
