//! What goes wrong is said once, with the remedy, in the same words everywhere; the tables of the
//! last good run stay as they are, and the next good run works.

mod settings;
mod shapes;
mod sources;

use crate::fixture::{Input, Root, Run, Standin};
use aim::warehouse::duckdb::DuckDb;
use serde_json::{Value, json};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A root after a good run, with every byte of its tables.
struct Good {
    root: Root,
    input: Input,
    tables: Vec<u8>,
}

impl Good {
    fn new() -> Self {
        let input = Input::working();
        let root = input.root();
        root.run().ok();
        let tables = root.tables();
        Self { root, input, tables }
    }

    /// That the next run fails, says all of this, and leaves the tables alone.
    fn refuses(&self, words: &[&str]) -> String {
        let error = self.fails(words);
        let status = self.root.status();
        assert_eq!(status["state"], "failed", "{error}");
        assert_eq!(status["error_summary"], *error);
        error
    }

    fn fails(&self, words: &[&str]) -> String {
        let error = self.root.run().error();
        for word in words {
            assert!(error.contains(word), "{word:?} is not said: {error}");
        }
        assert_eq!(self.root.tables(), self.tables, "{error}");
        error
    }

    /// As `refuses`, with another text in a file, which is put back afterwards.
    fn refuses_file(&self, path: &str, content: impl AsRef<[u8]>, words: &[&str]) {
        std::fs::create_dir_all(self.root.path(path).parent().unwrap()).unwrap();
        std::fs::write(self.root.path(path), content).unwrap();
        self.refuses(words);
        self.root.remove(path);
        self.input.write_to(&self.root);
    }

    /// That nothing of the failures stays.
    fn recovers(&self) {
        self.root.run().ok();
        assert_eq!(self.root.status()["state"], "success");
        assert_eq!(self.root.work_files(), ["lock"]);
        let rows = self.root.value("select count(*) from \"AIM\".aim_token_fact");
        assert_eq!(rows, "20");
    }
}

#[test]
fn folders_that_cannot_be_written() {
    let good = Good::new();
    // Where a file stands in the folder's place, nobody can write; not even the status.
    for (folder, put_back) in [("output", true), ("logs", false)] {
        std::fs::remove_dir_all(good.root.path(folder)).unwrap();
        good.root.write(folder, "");
        let error =
            good.fails(&[folder, "cannot be written: check its permissions and the free space"]);
        if !put_back {
            assert_eq!(good.root.status()["error_summary"], *error);
        }
        good.root.remove(folder);
    }
    good.recovers();
}

/// A limit on the size of files fails writes as a full disk does, at the copy of the warehouse, and
/// while the engine works on it.
#[test]
fn disks_that_are_full() {
    let good = Good::new();
    let size = good.tables.len() / 1024;
    for (limit, said) in [(size / 2, "is there enough free space?"), (size + 1, "")] {
        let run = limited(&good.root, limit);
        let error = run.error();
        assert!(error.contains(said), "{error}");
        assert_eq!(good.root.tables(), good.tables, "{error}");
        let status = good.root.status();
        assert_eq!(status["state"], "failed");
        assert_eq!(status["error_summary"], *error);
    }
    good.recovers();
}

/// A run whose files may have so many KiB.
fn limited(root: &Root, kib: usize) -> Run {
    let mut command = root.command(&[]);
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let script =
        format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" run --now 2026-03-16T07:15:00Z");
    command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_aim")]).current_dir(root.path(""));
    Run::of(command.env_clear().envs(environment).output().unwrap())
}

#[test]
fn warehouses_that_are_none() {
    let good = Good::new();
    good.root.write("warehouse.duckdb", "no database");
    let error = good.root.run().error();
    assert!(error.contains("warehouse.duckdb cannot be read"), "{error}");
    assert_eq!(good.root.status()["error_summary"], *error);
    assert_eq!(good.root.read("warehouse.duckdb"), "no database");
}

#[test]
fn a_second_run_at_once_is_refused() {
    let mut good = Good::new();
    let lock = File::open(good.root.path(".aim/lock")).unwrap();
    lock.lock().unwrap();
    let files = ["output/job_status.json", "output/run_manifest.json"];
    let before = files.map(|file| good.root.read(file));
    good.fails(&["Another run works in ", "wait for it, or give another --local-root"]);
    good.root.set("AIM_BATCH_SIZE", "0");
    good.fails(&["AIM_BATCH_SIZE is 0"]);
    good.root.unset("AIM_BATCH_SIZE");
    // Status and manifest are those of the run that is under way.
    assert_eq!(files.map(|file| good.root.read(file)), before);
    drop(lock);
    good.recovers();
}

/// A run is killed while Waves thinks about its second batch.
#[test]
fn a_killed_run_leaves_the_tables_alone() {
    let mut good = Good::new();
    good.input.clone().cam("BMW3", "205/55 R16").write_to(&good.root);
    good.root.set("AIM_BATCH_SIZE", "1");
    good.root.set("AIM_WAVES_CONCURRENCY", "1");
    let waves = Standin::serve(&mut good.root, &["--slow-ms", "1500"]);
    let mut command = good.root.command(&["run", "--now", "2026-03-16T07:15:00Z"]);
    let mut run = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        let status = good.root.status();
        if status["last_log_line"] == "Processing batch 1/2" {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "Waves is never asked: {status}");
        std::thread::sleep(Duration::from_millis(10));
    };
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(status["state"], "running");
    assert_eq!(status["run_id"], "20260316_071500");
    assert_eq!(status["ended_at"], Value::Null);
    assert_eq!(status["progress"], json!({"attempted": 1, "succeeded": 1, "failed": 0}));
    assert_eq!(good.root.tables(), good.tables);
    assert!(good.root.path(".aim/20260316_071500.duckdb").exists(), "it was at work");
    drop(waves);
    good.root.unset("AIM_WAVES_URL");
    good.input.write_to(&good.root);
    good.recovers();
}

/// Analysts may have the warehouse open; then the run waits for nobody and they see the old tables.
#[test]
fn readers_do_not_stand_in_the_way() {
    let good = Good::new();
    let read_only = [("access_mode", "READ_ONLY".to_owned())];
    let file = good.root.path("warehouse.duckdb");
    let reader = DuckDb::open(Some(&file), &read_only).unwrap();
    good.root.run_at("2026-03-16T07:15:00Z", &[]).ok();
    let days = "select count(distinct snapshot_date) from \"AIM\".aim_token_fact";
    let seen = reader.connection().query_row(days, [], |row| row.get::<_, i64>(0));
    assert_eq!(seen, Ok(1));
    assert_eq!(good.root.value(days), "2");
}

#[test]
fn writers_are_asked_to_leave() {
    let good = Good::new();
    let writer = DuckDb::open(Some(&good.root.path("warehouse.duckdb")), &[]).unwrap();
    good.refuses(&[
        "warehouse.duckdb cannot be read",
        "if another program writes it, close that first",
    ]);
    drop(writer);
    good.recovers();
}

#[test]
fn roots_that_are_files() {
    let good = Good::new();
    good.root.write("file", "");
    let root = good.root.path("file");
    let run = good.root.run_with(&["--local-root", root.to_str().unwrap()]);
    let error = run.error();
    assert!(error.contains(root.to_str().unwrap()), "{error}");
    assert_eq!(good.root.tables(), good.tables);
}
