//! A run is not continued with other settings, other input, or on another warehouse; and what runs
//! leave behind does not pile up.

use super::RUN;
use crate::fixture::{Input, PASSWORD, Root, Run};
use aim::warehouse::duckdb::DuckDb;

const RUNLIST: &str = "runlist/priority_runlist_current.csv";
const SALES: &str = "tyrescore-AWS3-daily-files/CarMakeModelSales.csv";

/// A root whose run failed in stage 4, because nobody answered.
fn failed() -> (Root, Input) {
    let input = Input::working().env("AIM_WAVES_URL", "http://127.0.0.1:1");
    let mut root = input.root();
    root.set("AIM_SERVICE_PASSWORD", PASSWORD);
    let run = root.run();
    assert!(run.error().contains("Could not reach http://127.0.0.1:1"), "{}", run.stderr);
    let hint = format!("What is done is kept: aim run --resume {RUN} continues the run");
    assert!(run.stderr.contains(&hint), "{}", run.stderr);
    (root, input)
}

fn resume(root: &Root) -> Run {
    Run::of(root.command(&["run", "--resume", RUN]).output().unwrap())
}

fn refused(root: &Root, words: &[&str]) {
    let error = resume(root).error();
    for word in words {
        assert!(error.contains(word), "{word:?} is not said: {error}");
    }
}

/// What is wrong is put right, and the run goes on from where it was.
#[test]
fn a_failed_run_can_be_continued() {
    let input = Input::working();
    let mut root = input.root();
    root.write("output/cost_report.json/in/the/way", "");
    let error = root.run().error();
    assert!(error.contains("Stage 4: Batch Recommender: "), "{error}");
    std::fs::remove_dir_all(root.path("output/cost_report.json")).unwrap();
    // How fast it works may be another.
    root.set("AIM_THREADS", "1");
    let run = resume(&root).ok();
    assert!(!run.stderr.contains("Starting Stage 3"), "{}", run.stderr);
    // The stages of both processes.
    assert_eq!(run.stdout.matches("  Stage ").count(), 9, "{}", run.stdout);
    // The replies were stored: nobody was asked again.
    assert_eq!(root.read(&format!("logs/requests_{RUN}.jsonl")).lines().count(), 1);
    let undisturbed = input.root();
    undisturbed.run().ok();
    assert_eq!(root.everything(), undisturbed.everything());
    assert_eq!(root.work_files(), ["lock"]);
}

#[test]
fn runs_that_are_unknown_or_done() {
    let root = Input::working().root();
    refused(&root, &["There is no run to continue in ", "start a new one"]);
    assert!(!root.path(".aim").exists(), "nothing is made");
    root.run().ok();
    refused(&root, &[&format!("There is no run {RUN} to continue in "), "there is none"]);
    let (root, _) = failed();
    let run = Run::of(root.command(&["run", "--resume", "20260101_000000"]).output().unwrap());
    let error = run.error();
    let listed = format!("there are {RUN} (3 of 9 stages done)");
    assert!(error.contains("There is no run 20260101_000000"), "{error}");
    assert!(error.contains(&listed), "{error}");
    // Looking for another run changes nothing.
    assert_eq!(root.status()["state"], "failed");
}

#[test]
fn flags_are_those_of_the_beginning() {
    let (root, _) = failed();
    for flag in
        ["--stage=4", "--from=4", "--now=2026-03-15T07:15:00Z", "--run-mode=GLOBAL", "--dry-run"]
    {
        let run = Run::of(root.command(&["run", "--resume", RUN, flag]).output().unwrap());
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    }
    // Of a dry run and its stages, without being told again.
    let root = Input::working().root();
    root.write("output/cost_report.json/in/the/way", "");
    root.run_with(&["--dry-run", "--stage", "1,3,4", "--run-mode", "global"]).error();
    std::fs::remove_dir_all(root.path("output/cost_report.json")).unwrap();
    let run = resume(&root).ok();
    assert!(run.stdout.contains("dry run: no table was changed"), "{}", run.stdout);
    assert!(!root.path("warehouse.duckdb").exists());
    let manifest = root.json("output/run_manifest.json");
    assert_eq!(manifest["dry_run"], true);
    assert_eq!(manifest["stages"].as_array().unwrap().len(), 3);
}

#[test]
fn other_settings() {
    let (mut root, _) = failed();
    root.set("AIM_BATCH_SIZE", "100");
    root.set("AIM_BRAND_ENHANCER", "Pirelli");
    root.unset("AIM_WAVES_URL");
    refused(
        &root,
        &[
            "The settings are not those the run began with: ",
            "AIM_BATCH_SIZE was 500 and is 100, ",
            "AIM_BRAND_ENHANCER was not set and is Pirelli, ",
            "AIM_WAVES_URL was http://127.0.0.1:1 and is not set; ",
            "set them back, or start a new run",
        ],
    );
    root.unset("AIM_BATCH_SIZE");
    root.unset("AIM_BRAND_ENHANCER");
    root.set("AIM_WAVES_URL", "http://127.0.0.1:1");
    root.write("config/aim-config.json", "{\"SEASON\": \"Winter\"}");
    refused(&root, &["AIM_SEASON was not set and is Winter"]);
    root.remove("config/aim-config.json");
    // A password may be another: it is not kept.
    root.set("AIM_SERVICE_PASSWORD", "another");
    refused(&root, &["Could not reach http://127.0.0.1:1"]);
    let journal = root.read(&format!(".aim/{RUN}.journal"));
    assert!(!journal.contains(PASSWORD) && !journal.contains("another"), "{journal}");
}

#[test]
fn other_input() {
    let (root, input) = failed();
    for (path, said) in [
        (SALES, format!("{SALES} has changed")),
        (RUNLIST, format!("{RUNLIST} has changed")),
        ("reference/AIM/aim-manual-cams.csv", "aim-manual-cams.csv has changed".to_owned()),
    ] {
        let content = root.read(path);
        root.write(path, &format!("{content}\n"));
        refused(&root, &["The input is not what the run began with: ", &said, "put it back"]);
        root.remove(path);
        refused(&root, &[&format!("{path} is gone")]);
    }
    // The same content again is the same input.
    input.write_to(&root);
    refused(&root, &["Could not reach"]);
    // What is new, and nobody has read or would read, is in nobody's way.
    root.write("tyrescore-AWS3-daily-files/TyreScore_20260316.csv", "later");
    refused(&root, &["Could not reach"]);
}

#[test]
fn another_warehouse() {
    let (root, _) = failed();
    let writer = DuckDb::open(Some(&root.path("warehouse.duckdb")), &[]).unwrap();
    writer.connection().execute_batch("create table mine (x int)").unwrap();
    drop(writer);
    refused(&root, &["warehouse.duckdb has changed since the run began", "start a new run"]);
    assert_eq!(root.lines("select table_name from information_schema.tables"), ["mine"]);
}

#[test]
fn damaged_leftovers() {
    let (root, _) = failed();
    let copy = format!(".aim/{RUN}.duckdb");
    std::fs::write(root.path(&copy), "no database").unwrap();
    let error = resume(&root).error();
    assert!(error.contains("cannot be opened"), "{error}");
    root.remove(&copy);
    refused(&root, &["is gone: start a new run"]);
    let journal = format!(".aim/{RUN}.journal");
    root.write(&journal, "what\n");
    refused(&root, &["line 1 is no record: start a new run"]);
    root.write(&journal, r#"{"record":"start","version":1"#);
    refused(&root, &["has no beginning"]);
}

#[test]
fn another_version_of_the_program() {
    let (root, _) = failed();
    let file = format!(".aim/{RUN}.journal");
    let program = |version: &str| format!("\"program\":\"{version}\"");
    let journal = root.read(&file);
    let other = journal.replacen(&program(env!("CARGO_PKG_VERSION")), &program("0.0.1"), 1);
    assert_ne!(other, journal);
    root.write(&file, &other);
    refused(&root, &[&format!("The run {RUN} was begun by version 0.0.1"), "or start a new one"]);
}

/// A copy that is older than its journal is not trusted.
#[test]
fn a_copy_that_lost_a_stage() {
    let input = Input::working();
    let root = input.root();
    root.write("output/cost_report.json/in/the/way", "");
    root.run_with(&["--stage", "1,4"]).error();
    let copy = format!(".aim/{RUN}.duckdb");
    let early = std::fs::read(root.path(&copy)).unwrap();
    let journal = root.read(&format!(".aim/{RUN}.journal"));
    root.run_with(&["--from", "1"]).error();
    let late = root.read(&format!(".aim/{RUN}.journal"));
    assert!(late.lines().count() > journal.lines().count());
    std::fs::write(root.path(&copy), early).unwrap();
    refused(&root, &["The working copy does not hold what the run's journal says"]);
}

/// The newest two runs that did not end stay; a run that succeeds removes them all.
#[test]
fn leftovers_do_not_pile_up() {
    let (mut root, _) = failed();
    let ids = |root: &Root| -> Vec<String> {
        let names = root.work_files().into_iter();
        names.filter_map(|name| name.strip_suffix(".journal").map(str::to_owned)).collect()
    };
    for (day, left) in [
        ("16", &["20260315_071500", "20260316_071500"][..]),
        ("17", &["20260315_071500", "20260316_071500", "20260317_071500"]),
        ("18", &["20260316_071500", "20260317_071500", "20260318_071500"]),
    ] {
        root.run_at(&format!("2026-03-{day}T07:15:00Z"), &[]).error();
        assert_eq!(ids(&root), left);
    }
    // A run that had done nothing leaves nothing.
    let content = root.read("reference/AIM/aim-manual-cams.csv");
    root.write("reference/AIM/aim-manual-cams.txt", "");
    root.run_at("2026-03-19T07:15:00Z", &[]).error();
    assert_eq!(ids(&root), ["20260317_071500", "20260318_071500"]);
    root.remove("reference/AIM/aim-manual-cams.txt");
    assert_eq!(root.read("reference/AIM/aim-manual-cams.csv"), content);
    root.unset("AIM_WAVES_URL");
    // A dry run changes nothing: what others began can still be continued.
    root.run_at("2026-03-20T07:15:00Z", &["--dry-run"]).ok();
    assert_eq!(ids(&root), ["20260317_071500", "20260318_071500"]);
    root.run_at("2026-03-21T07:15:00Z", &[]).ok();
    assert_eq!(root.work_files(), ["lock"]);
}
