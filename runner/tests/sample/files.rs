//! Which files there are: the same for the same options, as large as asked for, whole.

use super::fixture::{SAMPLE, Sample, ask, assert_between, files};
use super::{CONFIG, RUNLIST, SALES, TODAY, TYRES};
use aim::sample::{self, MAX_SCALE, Options};
use duckdb::Connection;
use jiff::civil::{Date, date};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Parquet files of a sample; the days of the click-stream, which name their day in every row,
/// as one pattern.
fn tables() -> Vec<PathBuf> {
    let mut tables = files(&SAMPLE.folder.path().join("reference"));
    tables.retain(|file| !file.starts_with("analytics"));
    tables.push("analytics/events_*.parquet".into());
    tables
}

/// Rows of a table that are in one of two samples but not in the other, duplicates counted.
fn differences(database: &Connection, table: &Path, first: &Sample, second: &Sample) -> i64 {
    let path = |sample: &Sample| sample.folder.path().join("reference").join(table);
    let (a, b) = (path(first), path(second));
    let (a, b) = (a.display(), b.display());
    let query = format!(
        "select (select count(*) from (from read_parquet('{a}') except all from read_parquet('{b}')))
              + (select count(*) from (from read_parquet('{b}') except all from read_parquet('{a}')))"
    );
    ask(database, &query)
}

#[test]
fn equal_options_give_equal_files() {
    let again = Sample::new(1, 42, TODAY);
    assert_eq!(files(SAMPLE.folder.path()), files(again.folder.path()));
    let database = Connection::open_in_memory().expect("a database");
    for table in tables() {
        let differences = differences(&database, &table, &SAMPLE, &again);
        assert_eq!(differences, 0, "{}", table.display());
    }
    for file in [SALES, TYRES, RUNLIST, CONFIG] {
        assert_eq!(SAMPLE.text(file), again.text(file), "{file}");
    }
}

#[test]
fn another_seed_gives_another_sample() {
    let other = Sample::new(1, 43, TODAY);
    let database = Connection::open_in_memory().expect("a database");
    for table in tables() {
        let differences = differences(&database, &table, &SAMPLE, &other);
        assert!(differences > 0, "{}", table.display());
    }
    for file in [SALES, TYRES, RUNLIST] {
        assert_ne!(SAMPLE.text(file), other.text(file), "{file}");
    }
    assert_eq!(SAMPLE.text(CONFIG), other.text(CONFIG));
}

#[test]
fn another_date_moves_the_click_stream() {
    let later = Sample::new(1, 42, date(2027, 1, 1));
    assert_eq!(SAMPLE.text(SALES), later.text(SALES));
    let days: Vec<_> = files(&later.folder.path().join("reference/analytics"));
    assert_eq!(days.len(), 115);
    assert_eq!(days[0], Path::new("events_20260909.parquet"));
    assert_eq!(days[114], Path::new("events_20270101.parquet"));
}

#[test]
fn everything_grows_with_the_scale() {
    let larger = Sample::new(3, 42, TODAY);
    for (sample, scale) in [(&*SAMPLE, 1), (&larger, 3)] {
        let database = sample.database();
        let rows = |table: &str| ask::<i64>(&database, &format!("select count(*) from {table}"));
        assert_eq!(rows("tyres"), 1_500 * scale);
        assert_eq!(rows("sales"), 12_000 * scale);
        assert_eq!(rows("runlist"), 1_000 * scale);
        assert_between(
            rows("items") as f64,
            60_000.0 * scale as f64,
            60_000.0 * scale as f64 + 60.0,
        );
        assert_eq!(rows("items") as u64, sample.summary.event_items);
        let vehicles: i64 = ask(
            &database,
            "select count(distinct (CarMake, CarModel)) from sales
             where CarModel not in ('', 'UNKNOWN')",
        );
        assert_between(vehicles as f64, 235.0 * scale as f64, 250.0 * scale as f64);

        assert_eq!(rows("sales") as u64, sample.rows(SALES));
        assert_eq!(rows("runlist") as u64, sample.rows(RUNLIST));
        assert_eq!(rows("previous") as u64, sample.rows("reference/CAM_files/CAM_SKU.parquet"));
    }
    let sizes = |sample: &Sample| {
        ask::<i64>(&sample.database(), "select count(distinct (Width, Profile, Rim)) from sales")
    };
    assert!(sizes(&larger) < 2 * sizes(&SAMPLE));
}

/// A longer runlist begins as the usual one and goes on with other sizes; nothing else changes.
#[test]
fn the_runlist_is_as_long_as_wanted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |cams| {
        let options = Options { scale: 1, seed: 42, date: TODAY, cams: Some(cams) };
        sample::write(folder.path(), &options)
    };
    let summary = write(12_000).expect("the sample is written");
    let text = |file: &str| fs::read_to_string(folder.path().join(file)).expect(file);
    let (runlist, usual) = (text(RUNLIST), SAMPLE.text(RUNLIST));
    assert!(runlist.starts_with(&usual));
    assert_eq!(runlist.lines().count(), 12_001);
    let rows: HashSet<&str> =
        runlist.lines().skip(1).filter_map(|line| Some(line.rsplit_once(',')?.0)).collect();
    assert_eq!(rows.len(), 12_000, "no CAM comes twice");
    assert_eq!((text(SALES), text(TYRES)), (SAMPLE.text(SALES), SAMPLE.text(TYRES)));
    // All of it is asked for.
    assert!(text(CONFIG).contains("\"TOTAL_OVERALL\": 12000"));
    assert_eq!(summary.files.len(), SAMPLE.summary.files.len());

    let error = write(1_000_000).expect_err("refused").to_string();
    assert!(error.starts_with("A runlist of 1000000 rows: give from 1 to "), "{error}");
    assert!(error.ends_with("with --cams, or a larger --scale"), "{error}");
    assert_eq!(text(RUNLIST), runlist, "refused before anything is written");
}

#[test]
fn older_files_are_replaced_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("it's here");
    let options = |seed| Options { scale: 1, seed, date: TODAY, cams: None };
    sample::write(&out, &options(1)).expect("the first sample");
    let kept = out.join("reference/own.parquet");
    fs::write(&kept, "not ours").expect("a file");
    let summary = sample::write(&out, &options(42)).expect("the second sample");
    assert_eq!(fs::read_to_string(kept).expect("still there"), "not ours");
    assert_eq!(fs::read_to_string(out.join(SALES)).expect("sales"), SAMPLE.text(SALES));
    assert_eq!(files(&out).len(), summary.files.len() + 1);
}

#[test]
fn impossible_wishes_are_refused_with_a_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let refused = |out: &Path, scale: u32, date: Date| {
        let options = Options { scale, seed: 1, date, cams: None };
        format!("{:#}", sample::write(out, &options).expect_err("refused"))
    };
    for scale in [0, MAX_SCALE + 1] {
        let message = refused(folder.path(), scale, TODAY);
        assert_eq!(
            message,
            format!("The scale is {scale}: give a whole number from 1 to 1000 with --scale")
        );
    }
    let message = refused(&file, 1, TODAY);
    assert!(message.contains("it is a file; name a folder with --out"), "{message}");
    let message = refused(&file.join("below"), 1, TODAY);
    assert!(message.contains("name a writable folder"), "{message}");
    let message = refused(folder.path(), 1, date(1969, 12, 31));
    assert!(message.contains("--date"), "{message}");
    assert_eq!(files(folder.path()), [Path::new("file")]);
}

#[test]
fn the_command_reports_what_it_wrote() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_aim"))
            .arg("sample")
            .arg("--out")
            .arg(folder.path())
            .args(arguments)
            .output()
            .expect("the binary runs")
    };
    let output = run(&["--seed", "42", "--date", "2026-11-02"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("CarMakeModelSales.csv") && text.contains("12000 rows"), "{text}");
    assert!(text.contains("(115 days)"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join(SALES)).expect("sales"), SAMPLE.text(SALES));

    let output = run(&["--scale", "0"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).expect("text");
    assert!(text.starts_with("Error: The scale is 0"), "{text}");
}
