//! The SQL functions, as SQL: every `.slt` file runs on every engine there is.
//!
//! * `in_process`: the functions as the runner registers them;
//! * `loaded`: an engine that loads the packaged file, `AIM_EXT`;
//! * `python`: DuckDB's Python package, `AIM_TEST_PYTHON`, loading that file.
//!
//! The command line of an older release, `AIM_TEST_DUCKDB_CLI`, loads the file too: it has everything
//! but the aggregates, which it would crash on.

mod command_line;
mod engines;

use engines::{Duck, Process};
use libtest_mimic::{Arguments, Failed, Trial};
use sqllogictest::{DB, DBOutput, Runner};
use std::path::{Path, PathBuf};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for file in files() {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for engine in ["in_process", "loaded", "python"] {
            let file = file.clone();
            trials.push(Trial::test(format!("{engine}::{stem}"), move || run(engine, &file)));
        }
    }
    for engine in ["in_process", "loaded", "python"] {
        trials.push(Trial::test(format!("{engine}::examples"), move || examples(engine)));
    }
    trials.push(Trial::test("command_line::scalars", command_line::scalars));
    trials.push(Trial::test("command_line::no_aggregates", command_line::no_aggregates));
    libtest_mimic::run(&arguments, trials).exit();
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sqllogic");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the suite's folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .collect();
    assert!(!files.is_empty(), "no .slt file in {folder:?}");
    files.sort();
    files
}

fn run(engine: &str, file: &Path) -> Result<(), Failed> {
    match engine {
        "in_process" => run_on(Duck::in_process, file),
        "loaded" => run_on(Duck::loaded, file),
        _ => run_on(Process::python, file),
    }
}

/// Runs every example that `aim_functions()` gives, and looks for functions without one.
fn examples(engine: &str) -> Result<(), Failed> {
    match engine {
        "in_process" => examples_on(Duck::in_process),
        "loaded" => examples_on(Duck::loaded),
        _ => examples_on(Process::python),
    }
}

fn examples_on<D: DB>(open: fn() -> anyhow::Result<D>) -> Result<(), Failed> {
    let mut engine = open().map_err(|error| format!("{error:#}"))?;
    let mut rows = |sql: &str| match engine.run(sql) {
        Ok(DBOutput::Rows { rows, .. }) => Ok(rows),
        Ok(_) => Err(Failed::from(format!("{sql} gives no rows"))),
        Err(error) => Err(Failed::from(format!("{sql}: {error}"))),
    };
    let functions = rows("select name, example from aim_functions()")?;
    if functions.is_empty() {
        return Err("aim_functions() is empty".into());
    }
    for function in functions {
        let [name, example] = &function[..] else { return Err("two columns are asked for".into()) };
        if !example.contains(name.as_str()) {
            return Err(format!("the example of {name} does not use it: {example}").into());
        }
        let result = rows(&format!("select {example}"))?;
        if result.is_empty() || result[0][0] == "NULL" {
            return Err(format!("the example of {name} has no result: {example}").into());
        }
    }
    Ok(())
}

fn run_on<D>(open: fn() -> anyhow::Result<D>, file: &Path) -> Result<(), Failed>
where
    D: DB + Send,
    D::Error: Send,
{
    // Fails here, once and readable, where the engine itself is missing.
    drop(open().map_err(|error| format!("{error:#}"))?);
    let mut runner = Runner::new(move || async move { Ok(open().expect("opened a moment ago")) });
    runner.run_file(file).map_err(|error| Failed::from(error.display(false).to_string()))
}
