//! The ASIN pipeline in the cloud: its tables in BigQuery, its settings and models in the bucket.

use crate::Case;
use crate::compare::{Difference, compare};
use crate::faults::{Fault, Faults};
use crate::identity;
use crate::peers::PROJECT;
use crate::postgres::Postgres;
use crate::proxy::Service::{BigQuery, Storage};
use crate::setup::{BUCKET, Setup, succeeded};
use anyhow::{Context as _, bail, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ALL: &[Case] = &[
    // The first: it makes the tables that the others compare.
    ("asin::days_leave_what_they_leave_locally", days),
    ("asin::commands_leave_what_they_leave_locally", commands),
    ("asin::bigquery_computes_the_same_scores", warehouse_scores),
    ("asin::one_call_in_five_fails_for_a_while", flaky),
    ("asin::refusals_leave_the_tables_as_they_were", refusals),
    ("asin::the_status_is_told_while_it_lasts", status_while_it_lasts),
    ("asin::postgresql_and_bigquery_end_alike", publishing),
    ("asin::secrets_are_nowhere_else", secrets),
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
    let status = status(setup)?;
    ensure!(status["state"] == "success", "{status}");
    ensure!(status["cloud"]["bigquery_jobs"].as_u64() > Some(8), "{status}");
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
    let list = local_root(setup).join("asins.txt");
    write(&list, "B000000002\nB000000003\n")?;
    setup.peers.put(BUCKET, "lists/asins.txt", &list)?;
    let here = local(setup, &format!("score --asin-file {}", list.display()), DAYS[0])?;
    let there = format!("score --asin-file gs://{BUCKET}/lists/asins.txt");
    let there = succeeded(&cloud(setup, &there, DAYS[0])?)?;
    ensure!(there.ends_with(&here) && here != "0 rows scored\n", "{here}{there}");
    let missing =
        cloud(setup, &format!("score --asin-file gs://{BUCKET}/lists/none.txt"), DAYS[0])?;
    let error = String::from_utf8_lossy(&missing.stderr);
    ensure!(!missing.status.success() && error.contains("lists/none.txt"), "{error}");
    same_tables(setup, &TABLES)?;
    let error = String::from_utf8_lossy(&cloud(setup, "publish", DAYS[0])?.stderr).into_owned();
    ensure!(error.contains("set AIM_MODE=local"), "{error}");
    Ok(())
}

/// Whether a command or a stage says that it has scored something.
fn has_rows(said: &str) -> bool {
    let scored = |line: &str| {
        let (number, _) = line.split_once(" rows")?;
        number.rsplit(' ').next()?.parse().ok()
    };
    said.lines().filter(|line| line.contains("core")).filter_map(scored).any(|rows: u64| rows > 0)
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

fn status(setup: &Setup) -> anyhow::Result<Value> {
    let status = setup.peers.get(BUCKET, "aim-daily-files/asin/output/job_status.json")?;
    Ok(serde_json::from_slice(&status)?)
}

/// A run that is slow enough to be looked at, and then ended.
fn status_while_it_lasts(setup: &mut Setup) -> anyhow::Result<()> {
    let before = fingerprint(setup)?;
    let slow = [Fault::Slow(Duration::from_secs(5))];
    setup.spoil(Faults::none().with(BigQuery, "_load_", 1.0, slow));
    let mut command = setup.bare();
    command.args(["asin", "run", "--limit", "12", "--date", DAYS[1]]);
    command.args(["--now", "2024-03-10T05:00:00Z"]);
    let mut child = setup.in_cloud(&mut command).stderr(Stdio::null()).spawn()?;
    let started = Instant::now();
    let mut heartbeats = Vec::new();
    while heartbeats.len() < 2 {
        ensure!(started.elapsed() < Duration::from_secs(60), "It tells nothing: {heartbeats:?}");
        ensure!(child.try_wait()?.is_none(), "It has ended");
        let status = status(setup)?;
        let heartbeat = status["heartbeat_ts"].as_str().unwrap_or_default().to_owned();
        let ours = status["run_id"] == "20240310_050000";
        if ours && !heartbeats.contains(&heartbeat) {
            ensure!(status["state"] == "running", "{status}");
            heartbeats.push(heartbeat);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let killed = Command::new("kill").arg(child.id().to_string()).status()?;
    let code = child.wait()?.code();
    setup.heal();
    ensure!(killed.success() && code == Some(143), "It ended with {code:?}");
    let told = status(setup)?;
    ensure!(told["state"] == "interrupted", "{told}");
    let summary = told["error_summary"].as_str().unwrap_or_default();
    ensure!(summary.contains("as they were: start it again"), "{told}");
    ensure!(fingerprint(setup)? == before, "The tables have changed");
    nothing_is_left(setup)?;
    let mut command = setup.bare();
    command.args(["asin", "run", "--resume", "20240310_050000"]);
    let output = setup.in_cloud(&mut command).output()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1), "It was continued");
    ensure!(error.contains("leaves nothing to continue"), "{error}");
    // What could not even begin is told too.
    let refused = [Fault::Status(StatusCode::FORBIDDEN, None)];
    setup.spoil(Faults::none().with(BigQuery, "/datasets/asin", 1.0, refused));
    let output = cloud(setup, "run --limit 12", DAYS[1]);
    setup.heal();
    ensure!(output?.status.code() == Some(1), "It has begun");
    let told = status(setup)?;
    let summary = told["error_summary"].as_str().unwrap_or_default();
    ensure!(told["state"] == "failed" && summary.contains("cannot be listed"), "{told}");
    Ok(())
}

/// Whichever of the two fails, a second run leaves the same rows in both.
fn publishing(setup: &mut Setup) -> anyhow::Result<()> {
    let server = Postgres::start();
    let run = |url: &str| {
        let mut command = command(setup, "run --limit 12", DAYS[1]);
        anyhow::Ok(setup.in_cloud(&mut command).env("DATABASE_URL", url).output()?)
    };
    let before = fingerprint(setup)?;
    // It is not let in, which is found out before anything is asked for.
    let calls = setup.bigquery.calls().len();
    let output = run(&server.url.replace("user=postgres", "user=nobody"))?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && error.contains("nobody"), "{error}");
    let calls = setup.bigquery.calls().split_off(calls);
    ensure!(!calls.iter().any(|call| call.contains("_load_")), "{calls:?}");
    ensure!(status(setup)?["state"] == "failed", "{}", status(setup)?);
    ensure!(fingerprint(setup)? == before, "The tables have changed");
    // PostgreSQL does not take the rows.
    server.run("create schema asin; create table asin.features_daily (x integer)");
    let output = run(&server.url)?;
    ensure!(output.status.code() == Some(1), "They were taken");
    ensure!(fingerprint(setup)? == before, "The tables have changed");
    server.run("drop schema asin cascade");
    // BigQuery does not put them in place.
    let refused = [Fault::Status(StatusCode::FORBIDDEN, None)];
    setup.spoil(Faults::none().with(BigQuery, "_swap_", 1.0, refused));
    let output = run(&server.url);
    ensure!(setup.heal() > 0, "It was not refused");
    let error = String::from_utf8_lossy(&output?.stderr).into_owned();
    ensure!(error.contains("BigQuery's tables are as they were"), "{error}");
    ensure!(status(setup)?["state"] == "failed", "{}", status(setup)?);
    ensure!(fingerprint(setup)? == before, "The tables have changed");
    nothing_is_left(setup)?;
    succeeded(&run(&server.url)?)?;
    same_tables(setup, &TABLES)?;
    nothing_is_left(setup)?;
    let day = DAYS[1];
    for table in ["mart_timeseries_daily", "features_daily", "score_baseline_daily"] {
        let query = format!("select count(*) from asin.{table} where dt = '{day}'");
        let theirs = setup.peers.query(PROJECT, &query)?;
        let theirs = theirs.pointer("/0/f/0/v").and_then(Value::as_str).context("It is counted")?;
        let ours = server.lines(&query).concat();
        ensure!(ours == theirs && ours != "0", "{table}: {ours} and {theirs}");
    }
    Ok(())
}

/// The database's address comes from where it is kept; keys of services are variables. None appears anywhere.
fn secrets(setup: &mut Setup) -> anyhow::Result<()> {
    const PASSWORD: &str = "kn0wn-pa55word";
    const KEY: &str = "kn0wn-k3y";
    let server = Postgres::start();
    let url = identity::with_password(&server.url, PASSWORD)?;
    let name = "projects/shop/secrets/asin-database-url";
    let doubles = identity::serve(setup, name, identity::base64(&url)?)?;
    let mut said = String::new();
    for (secret, api, done) in [
        (name, "", true),
        (name, "http://127.0.0.1:1", false),
        ("projects/shop/secrets/other", "", false),
    ] {
        let mut command = command(setup, "run --limit 3", DAYS[1]);
        setup.in_cloud(&mut command).envs([
            ("DATABASE_URL", &*format!("sm://{secret}")),
            ("AIM_SECRETS_EMULATOR_HOST", &*doubles),
            ("UNIFIED_API_BASE_URL", api),
            ("UNIFIED_API_TOKEN", KEY),
            ("AIM_LOG", "debug"),
        ]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        said += &String::from_utf8_lossy(&std::fs::read(format!("/proc/{}/cmdline", child.id()))?);
        let output = child.wait_with_output()?;
        said += &String::from_utf8_lossy(&output.stdout);
        said += &String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() == done, "{secret} {api}: {said}");
    }
    let rows = server.lines("select count(*) from asin.score_baseline_daily").concat();
    ensure!(rows != "0", "Nothing was published");
    identity::is_nowhere(setup, &[PASSWORD, &identity::base64(PASSWORD)?, KEY], said)
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
