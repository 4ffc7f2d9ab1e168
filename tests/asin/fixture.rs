//! A folder with files, the binary on it, and what it left.

use aim::warehouse::duckdb::DuckDb;
use aim::warehouse::template::Statement;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder to work in; commands get it as their local root.
pub(crate) struct Folder {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command said and left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), variables: Vec::new() }
    }

    /// With the defects of the replaced pipeline.
    pub(crate) fn original() -> Self {
        Self::new().with("AIM_COMPAT", "original")
    }

    /// With a variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a variable for what is run from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file; answers its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, content).expect("written");
        path.to_string_lossy().into_owned()
    }

    /// Writes what a query returns into a Parquet or CSV file; answers its path.
    pub(crate) fn table(&self, name: &str, query: &str) -> String {
        let path = self.path(name).to_string_lossy().into_owned();
        let sql = format!("copy ({query}) to '{path}'");
        let db = DuckDb::open(None, &[]).expect("opened");
        db.transaction(&[Statement::new("copy", sql)]).expect("written");
        path
    }

    pub(crate) fn settings(&self, yaml: &str) {
        self.file("asin/config/settings.yaml", yaml);
    }

    /// `aim asin` with these arguments, separated by blanks; `@name` is a file of the folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let arguments =
            arguments.split_whitespace().map(|argument| match argument.strip_prefix('@') {
                Some(name) => self.path(name).to_string_lossy().into_owned(),
                None => argument.to_owned(),
            });
        let mut command = Command::new(env!("CARGO_BIN_EXE_aim"));
        command
            .arg("asin")
            .args(arguments)
            .env_clear()
            .env("AIM_LOCAL_ROOT", self.folder.path())
            .envs(
                std::env::vars().filter(|(name, _)| {
                    ["AIM_LIGHTGBM", "LD_LIBRARY_PATH", "PATH"].contains(&&**name)
                }),
            )
            .envs(self.variables.iter().cloned())
            .current_dir(self.folder.path());
        command
    }

    /// Runs [`Folder::command`].
    pub(crate) fn run(&self, arguments: &str) -> Ended {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("started");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let code = status.code().expect("not killed");
        Ended { code, out: text(stdout), err: text(stderr) }
    }

    /// As [`Folder::run`], for what must succeed.
    pub(crate) fn done(&self, arguments: &str) -> String {
        let Ended { code, out, err } = self.run(arguments);
        assert_eq!(code, 0, "{arguments}: {out}{err}");
        out
    }

    /// As [`Folder::run`], for what must fail; answers why.
    pub(crate) fn refused(&self, arguments: &str) -> String {
        let Ended { code, out, err } = self.run(arguments);
        assert_ne!(code, 0, "{arguments}: {out}{err}");
        err
    }

    /// The rows of a query on a file, `{}` in it, each cell as text.
    pub(crate) fn rows(&self, file: &str, query: &str) -> Vec<Vec<String>> {
        let path = self.path(file);
        let sql = query.replace("{}", &format!("'{}'", path.display()));
        rows(None, &sql)
    }

    /// The same of one row.
    pub(crate) fn row(&self, file: &str, query: &str) -> Vec<String> {
        let mut rows = self.rows(file, query);
        assert_eq!(rows.len(), 1, "{query}: {rows:?}");
        rows.remove(0)
    }

    /// Changes the job's tables.
    pub(crate) fn change(&self, statement: &str) {
        let db = DuckDb::open(Some(&self.path("asin/warehouse.duckdb")), &[]).expect("opened");
        let changed = db.transaction(&[Statement::new("change", statement)]);
        changed.unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// The rows of a query on the job's tables.
    pub(crate) fn tables(&self, query: &str) -> Vec<Vec<String>> {
        rows(Some(&self.path("asin/warehouse.duckdb")), query)
    }
}

fn rows(file: Option<&Path>, sql: &str) -> Vec<Vec<String>> {
    let db = DuckDb::open(file, &[]).expect("opened");
    let sql = format!("select columns(*)::varchar from ({sql})");
    let rows = db.rows(&Statement::new("query", sql)).unwrap_or_else(|error| panic!("{error:#}"));
    let text = |cell: Option<String>| cell.unwrap_or_else(|| "null".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
}
