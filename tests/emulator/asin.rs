//! The ASIN pipeline in the cloud: its tables in BigQuery, its settings and models in the bucket.

use crate::Case;
use crate::compare::{Difference, compare};
use crate::faults::{Fault, Faults};
use crate::peers::PROJECT;
use crate::proxy::Service::{BigQuery, Storage};
use crate::setup::{BUCKET, Setup, succeeded};
use anyhow::{Context as _, bail, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) const ALL: &[Case] = &[
    // The first: it makes the tables that the others compare.
    ("asin::days_leave_what_they_leave_locally", days),
    ("asin::commands_leave_what_they_leave_locally", commands),
    ("asin::bigquery_computes_the_same_scores", warehouse_scores),
    ("asin::one_call_in_five_fails_for_a_while", flaky),
    ("asin::refusals_leave_the_tables_as_they_were", refusals),
];

const DAYS: [&str; 2] = ["2024-03-09", "2024-03-10"];

/// Learnt from other features; which ones does not matter here.
const MODEL: &str = include_str!("../asin/goldens/ranker.txt");

/// Where the model is, below the job's folder.
const MODEL_PATH: &str = "artifacts/rank/model.txt";

/// Each table, and what depends on when a run was.
const TABLES: [(&str, &str); 11] = [
    ("dim_asin", "first_seen, last_seen"),
    ("fact_timeseries_raw", "_ingested_at"),
    ("fact_reviews", "_ingested_at"),
    ("fact_keywords", "_ingested_at"),
    ("mart_timeseries_daily", "_ingested_at"),
    ("features_daily", ""),
    ("score_baseline_daily", ""),
    ("pred_rank_daily", ""),
    ("train_samples_bin", ""),
    ("train_samples_rank", ""),
    ("train_samples_reg", ""),
];

/// Of these, what a run of a day writes.
const OF_A_DAY: usize = 8;

fn local_root(setup: &Setup) -> PathBuf {
    setup.local.with_file_name("asin-root")
}

/// A command of the pipeline about a day.
fn command(setup: &Setup, arguments: &str, day: &str) -> Command {
    let mut command = setup.bare();
    command.arg("asin").args(arguments.split(' '));
    command.args(["--date", day, "--now", &format!("{day}T03:00:00Z")]);
    command
}

fn local(setup: &Setup, arguments: &str, day: &str) -> anyhow::Result<String> {
    let mut command = command(setup, arguments, day);
    succeeded(&command.env("AIM_LOCAL_ROOT", local_root(setup)).output()?)
}

fn cloud(setup: &Setup, arguments: &str, day: &str) -> anyhow::Result<Output> {
    let mut command = command(setup, arguments, day);
    Ok(setup.in_cloud(&mut command).output()?)
}

fn both(setup: &Setup, arguments: &str, day: &str) -> anyhow::Result<()> {
    let here = local(setup, arguments, day).with_context(|| arguments.to_owned())?;
    let there = succeeded(&cloud(setup, arguments, day)?).with_context(|| arguments.to_owned())?;
    println!("{here}{there}");
    ensure!(there.contains("BigQuery jobs"), "{there}");
    Ok(())
}

fn write(file: &Path, content: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(file.parent().context("It has a folder")?)?;
    Ok(std::fs::write(file, content)?)
}

/// Two days and one of them again; the second with a model.
fn days(setup: &mut Setup) -> anyhow::Result<()> {
    setup.peers.create_dataset(PROJECT, "asin")?;
    let settings = "features: {rolling: [7, 14, 21, 30]}\n";
    for (path, content) in [
        ("config/settings.yaml", settings.to_owned()),
        (MODEL_PATH, MODEL.replace("f0 whole f1", "bsr_trend_30 price_vol_30 rating_mean_7")),
    ] {
        let file = local_root(setup).join("asin").join(path);
        write(&file, &content)?;
        setup.peers.put(BUCKET, &format!("aim-daily-files/asin/{path}"), &file)?;
    }
    for day in DAYS {
        both(setup, "run --limit 12", day)?;
    }
    let cells = same_tables(setup, &TABLES[..OF_A_DAY])?;
    ensure!(cells > 50_000, "Only {cells} cells were compared");
    let objects = setup.peers.objects(BUCKET)?;
    let folder = "aim-daily-files/asin";
    for file in ["exports/top_candidates_20240310.csv", "output/run_manifest.json"] {
        ensure!(objects.contains(&format!("{folder}/{file}")), "{file} is missing: {objects:?}");
    }
    let candidates = "exports/top_candidates_20240310.csv";
    let there = setup.peers.get(BUCKET, &format!("{folder}/{candidates}"))?;
    let here = std::fs::read(local_root(setup).join("asin").join(candidates))?;
    ensure!(there == here && here.len() > 500, "The candidates are not the same");
    let raw = objects.iter().filter(|name| name.contains("/raw_data/")).count();
    ensure!(raw > 40, "{raw} answers are kept");
    let status = setup.peers.get(BUCKET, &format!("{folder}/output/job_status.json"))?;
    let status: Value = serde_json::from_slice(&status)?;
    ensure!(status["state"] == "success", "{status}");
    nothing_is_left(setup)?;
    succeeded(&cloud(setup, "run --limit 12", DAYS[1])?)?;
    same_tables(setup, &TABLES[..OF_A_DAY])?;
    nothing_is_left(setup)
}

/// Each stage by itself, of a day that is there already, of some of its products, and labels of all days.
fn commands(setup: &mut Setup) -> anyhow::Result<()> {
    let output = succeeded(&cloud(setup, "candidates", DAYS[0])?)?;
    let object = format!("gs://{BUCKET}/aim-daily-files/asin/exports/top_candidates_20240309.csv");
    ensure!(output.contains(&format!("candidates in {object}")), "{output}");
    for stage in ["features", "score --limit 5", "predict", "labels"] {
        both(setup, stage, DAYS[0])?;
        nothing_is_left(setup)?;
    }
    same_tables(setup, &TABLES)?;
    let error = String::from_utf8_lossy(&cloud(setup, "publish", DAYS[0])?.stderr).into_owned();
    ensure!(error.contains("set AIM_MODE=local"), "{error}");
    Ok(())
}

/// Whether every stage has something to say.
fn has_rows(said: &str) -> bool {
    !said.contains(" 0 rows") && !said.contains("\n0 rows")
}

/// The features stay there, but for those of a run's other stages, and the scores are the same in both positions of the
/// switch.
fn warehouse_scores(setup: &mut Setup) -> anyhow::Result<()> {
    let there =
        |setup: &Setup, arguments: &str, day: &str, compat: &str| -> anyhow::Result<Vec<String>> {
            let before = setup.bigquery.calls().len();
            let mut command = command(setup, arguments, day);
            setup.in_cloud(&mut command).env("AIM_SCORING", "warehouse").env("AIM_COMPAT", compat);
            let said = succeeded(&command.output()?).with_context(|| arguments.to_owned())?;
            ensure!(said.contains("BigQuery jobs") && has_rows(&said), "{said}");
            nothing_is_left(setup)?;
            let calls = setup.bigquery.calls().split_off(before);
            let scored =
                calls.iter().filter(|call| call.contains("job=") && call.contains("_scores_1"));
            ensure!(scored.count() > 0, "{calls:?}");
            Ok(calls)
        };
    let here = |setup: &Setup, arguments: &str, day: &str, compat: &str| {
        let mut command = command(setup, arguments, day);
        command.env("AIM_LOCAL_ROOT", local_root(setup)).env("AIM_COMPAT", compat);
        succeeded(&command.output()?)
    };
    // Of products by number, of all, and of a whole run, which puts back what the others compare. With a model, a run in
    // the other position needs groups that no stage makes.
    for (arguments, day, compat) in [
        ("score --limit 3", DAYS[0], "fixed"),
        ("score", DAYS[1], "original"),
        ("run --limit 12", DAYS[1], "fixed"),
    ] {
        let said = here(setup, arguments, day, compat)?;
        ensure!(has_rows(&said), "{said}");
        let calls = there(setup, arguments, day, compat)?;
        let fetched = calls.iter().any(|call| call.contains("_extract_features_daily"));
        ensure!(fetched == arguments.starts_with("run"), "{arguments}: {calls:?}");
        same_tables(setup, &TABLES).with_context(|| format!("{arguments}, {compat}"))?;
    }
    // A row that nobody could find again.
    let day = "2024-02-01";
    let nameless =
        "insert into asin.features_daily (asin, site, dt) values ('', 'US', date '2024-02-01')";
    setup.peers.query(PROJECT, nameless)?;
    let mut command = command(setup, "score", day);
    let output = setup.in_cloud(&mut command).env("AIM_SCORING", "warehouse").output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(error.contains("A row of features_daily has no asin"), "{error}");
    setup.peers.query(PROJECT, "delete from asin.features_daily where asin = ''")?;
    nothing_is_left(setup)
}

/// Everything that may pass, at 20 % of all calls of both services.
fn flaky(setup: &mut Setup) -> anyhow::Result<()> {
    setup.spoil(Faults::passing(0.2));
    let output = cloud(setup, "run --limit 12", DAYS[1]);
    let hits = setup.heal();
    succeeded(&output?)?;
    ensure!(hits > 10, "Only {hits} calls went wrong");
    println!("{hits} calls went wrong");
    same_tables(setup, &TABLES)?;
    nothing_is_left(setup)
}

/// What will not pass ends the command, with the reason and the thing it is about.
fn refusals(setup: &mut Setup) -> anyhow::Result<()> {
    for (service, part, said) in [
        (BigQuery, "_extract_", "mart_timeseries_daily cannot be extracted"),
        (BigQuery, "_load_", "cannot be loaded"),
        (BigQuery, "_swap_", "BigQuery's tables are as they were"),
        (BigQuery, "/datasets/asin", "cannot be listed"),
        (Storage, "work", "403"),
        (Storage, "settings.yaml", "settings.yaml cannot be read"),
    ] {
        let before = fingerprint(setup)?;
        let refused = [Fault::Status(StatusCode::FORBIDDEN, None)];
        setup.spoil(Faults::none().with(service, part, 1.0, refused));
        let output = cloud(setup, "features", DAYS[1]);
        let hits = setup.heal();
        let output = output?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(hits > 0 && output.status.code() == Some(1), "{part}: {error}");
        ensure!(error.contains(said), "{part}: {error}");
        ensure!(fingerprint(setup)? == before, "{part}: the tables have changed");
        nothing_is_left(setup).context(part)?;
    }
    succeeded(&cloud(setup, "features", DAYS[1])?)?;
    same_tables(setup, &TABLES)?;
    nothing_is_left(setup)
}

/// That every table of the local warehouse is in BigQuery, cell by cell; answers the number of cells.
fn same_tables(setup: &Setup, tables: &[(&str, &str)]) -> anyhow::Result<u64> {
    let warehouse = local_root(setup).join("asin/warehouse.duckdb");
    let (mut cells, mut wrong) = (0, String::new());
    for (table, times) in tables {
        let without = |word: &str| match *times {
            "" => String::new(),
            times => format!(" {word} ({times})"),
        };
        let lists = match *table {
            "dim_asin" => " replace (to_json(category_path)::varchar as category_path)",
            _ => "",
        };
        let theirs = format!("select *{} from `asin.{table}`", without("except"));
        let file = setup.peers.export(PROJECT, &theirs, &format!("asin.{table}"))?;
        let ours = format!("select *{}{lists} from w.asin.{table}", without("exclude"));
        let Difference { cells: more, different, rows } =
            compare(&warehouse, &ours, &file).with_context(|| (*table).to_owned())?;
        println!("asin.{table:<41}{more:>10}{different:>8}");
        ensure!(more > 0, "asin.{table} is empty");
        cells += more;
        if different > 0 {
            wrong += &format!("{table}: {different} of {more} cells differ\n{rows}\n");
        }
    }
    if !wrong.is_empty() {
        bail!(wrong);
    }
    Ok(cells)
}

fn fingerprint(setup: &Setup) -> anyhow::Result<String> {
    let tables: Vec<String> = TABLES.iter().map(|(table, _)| format!("asin.{table}")).collect();
    setup.fingerprint_of(tables.iter().map(String::as_str))
}

/// Neither tables nor objects nor files of a run stay behind.
fn nothing_is_left(setup: &Setup) -> anyhow::Result<()> {
    let objects = setup.peers.objects(BUCKET)?;
    let work: Vec<_> = objects.iter().filter(|name| name.contains("/work/")).collect();
    ensure!(work.is_empty(), "Objects of runs are left: {work:?}");
    let tables = setup.peers.tables(PROJECT)?;
    let work: Vec<_> = tables.iter().filter(|name| name.contains("__aim_")).collect();
    ensure!(work.is_empty(), "Tables of runs are left: {work:?}");
    let folders = std::fs::read_dir(&setup.scratch).into_iter().flatten().flatten();
    let folders: Vec<_> =
        folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("aim-")).collect();
    ensure!(folders.is_empty(), "Folders of runs are left: {folders:?}");
    Ok(())
}
