//! The whole job: when all goes well, and when it does not.

use crate::Case;
use crate::faults::{Fault, Faults};
use crate::proxy::Service::{BigQuery, Storage};
use crate::setup::{BUCKET, DAYS, Setup, succeeded};
use anyhow::{Context as _, ensure};
use reqwest::StatusCode;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const ALL: &[Case] = &[
    // The first: it makes the tables that the others compare.
    ("tables::two_days_leave_what_they_leave_locally", two_days),
    ("tables::a_dry_run_changes_nothing", dry_run),
    ("tables::bigquery_computes_the_same_scores", warehouse_scores),
    ("readers", readers),
    ("faults::one_call_in_five_fails_for_a_while", flaky),
    ("faults::replies_to_job_inserts_are_lost", lost_replies),
    ("faults::refusals_leave_the_tables_as_they_were", refusals),
    ("faults::a_service_that_stays_away_ends_the_run", away),
    ("faults::a_swap_that_fails_is_undone", failed_swap),
    ("faults::a_signal_ends_the_run_and_tidies_up", signal),
    // The last: what is kept aside is of its stages only.
    ("tables::stages_alone_read_what_others_left", stages_alone),
];

/// Both days, the second on the tables of the first.
fn two_days(setup: &mut Setup) -> anyhow::Result<()> {
    for day in DAYS {
        println!("{}", succeeded(&setup.cloud(day).output()?)?);
    }
    let cells = setup.same_tables()?;
    ensure!(cells > 100_000, "Only {cells} cells were compared");
    let status = status(setup)?;
    ensure!(status["state"] == "success" && status["run_id"] == "20251116_071500", "{status}");
    let used = |name: &str| status["cloud"][name].as_u64().unwrap_or_default();
    ensure!(used("objects_read") > 100 && used("bytes_written") > 100_000, "{status}");
    // What is there for good: the files of both days, and nothing of the work.
    let objects = setup.peers.objects(BUCKET)?;
    for file in ["results_20251115_071500.csv", "results_20251116_071500.csv", "run_manifest.json"]
    {
        let object = format!("aim-daily-files/output/{file}");
        ensure!(objects.contains(&object), "{object} is missing: {objects:?}");
        let (there, here) =
            (setup.peers.get(BUCKET, &object)?, setup.local.join("output").join(file));
        ensure!(!file.ends_with(".csv") || there == std::fs::read(here)?, "{file} is not the same");
    }
    nothing_is_left(setup)
}

fn dry_run(setup: &mut Setup) -> anyhow::Result<()> {
    let before = setup.fingerprint()?;
    let objects = setup.peers.objects(BUCKET)?;
    let told = status(setup)?;
    let output = setup.cloud(DAYS[1]).arg("--dry-run").output()?;
    ensure!(succeeded(&output)?.contains("dry run: no table was changed"));
    ensure!(setup.fingerprint()? == before, "The tables have changed");
    ensure!(setup.peers.objects(BUCKET)? == objects, "The bucket has changed");
    ensure!(status(setup)? == told, "The status has changed");
    std::fs::remove_dir_all(&setup.scratch)?;
    nothing_is_left(setup)
}

/// The scores are computed there, and the days of click-stream that only they need stay there.
fn warehouse_scores(setup: &mut Setup) -> anyhow::Result<()> {
    let jobs = |scoring: &str| -> anyhow::Result<Vec<String>> {
        let before = setup.bigquery.calls().len();
        let output = setup.cloud(DAYS[1]).env("AIM_SCORING", scoring).output()?;
        succeeded(&output)?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(said.contains("MB for the tyre scores") == (scoring == "warehouse"), "{said}");
        setup.same_tables()?;
        nothing_is_left(setup)?;
        Ok(setup.bigquery.calls().split_off(before))
    };
    let (engine, warehouse) = (jobs("engine")?, jobs("warehouse")?);
    let count = |calls: &[String], part: &str| {
        calls.iter().filter(|call| call.contains("job=") && call.contains(part)).count()
    };
    ensure!(count(&engine, "_tyre_scores_") == 0, "{engine:?}");
    ensure!(count(&warehouse, "_tyre_scores_") == 1, "{warehouse:?}");
    let (all, few) = (count(&engine, "_events_"), count(&warehouse, "_events_"));
    ensure!(few < all, "{few} of {all} days of click-stream were fetched");
    Ok(())
}

/// The tables of the other stages come from BigQuery, and stay.
fn stages_alone(setup: &mut Setup) -> anyhow::Result<()> {
    let stages = ["--stage", "6,7,8"];
    succeeded(&setup.cloud(DAYS[1]).args(stages).output()?)?;
    // A reference file would put the table back to what it was before the first day.
    std::fs::remove_dir_all(setup.local.join("reference/CAM_files"))?;
    let mut local = setup.command(DAYS[1]);
    succeeded(&local.args(stages).env("AIM_LOCAL_ROOT", &setup.local).output()?)?;
    setup.same_tables()?;
    nothing_is_left(setup)
}

/// Google's own clients see what the run wrote.
fn readers(setup: &mut Setup) -> anyhow::Result<()> {
    let home = std::env::var("HOME").context("There is a home")?;
    let cache = std::env::var("AIM_CACHE").unwrap_or_else(|_| format!("{home}/.cache/aim"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/emulator/read.py");
    let mut command = Command::new(format!("{cache}/bigquery/bin/python"));
    command.arg(script).args([&setup.peers.bigquery, &setup.peers.storage, BUCKET]);
    let said: Value = serde_json::from_str(&succeeded(&command.output()?)?)?;
    let rows = setup.peers.query("shop", "select count(*) from `AIM.AIMData`")?;
    let rows = rows.pointer("/0/f/0/v").and_then(Value::as_str).context("It is counted")?;
    let rows: u64 = rows.parse()?;
    ensure!(said["rows"] == rows && rows > 0, "{said}, and {rows} rows");
    ensure!(said["columns"] == 26 && said["status"] == "success", "{said}");
    let csv = setup.local.join("output/results_20251116_071500.csv");
    ensure!(said["results"] == std::fs::metadata(csv)?.len(), "{said}");
    Ok(())
}

/// Everything that may pass, at 20 % of all calls of both services.
fn flaky(setup: &mut Setup) -> anyhow::Result<()> {
    let output = spoiled(setup, Faults::passing(0.2), DAYS[1])?;
    succeeded(&output)?;
    setup.same_tables()?;
    nothing_is_left(setup)
}

/// Jobs that were taken are found again, not started twice.
fn lost_replies(setup: &mut Setup) -> anyhow::Result<()> {
    let faults = [Fault::LostReply, Fault::Truncated, Fault::Duplicated];
    let faults = Faults::none().with(BigQuery, "/jobs job=", 0.2, faults);
    let before = setup.bigquery.calls().len();
    succeeded(&spoiled(setup, faults, DAYS[1])?)?;
    let calls = setup.bigquery.calls().split_off(before);
    let second = calls.iter().filter(|call| call.contains("job=") && call.contains("_2 "));
    ensure!(second.count() == 0, "A job was started a second time");
    setup.same_tables()?;
    nothing_is_left(setup)
}

/// What will not pass ends the run, with the reason and the thing it is about.
fn refusals(setup: &mut Setup) -> anyhow::Result<()> {
    let status = |code| Fault::Status(code, None);
    for (faults, said) in [
        (
            Faults::none().with(BigQuery, "job=", 1.0, [status(StatusCode::FORBIDDEN)]),
            "403 accessDenied",
        ),
        (
            Faults::none().with(BigQuery, "/datasets/AIM", 1.0, [status(StatusCode::UNAUTHORIZED)]),
            "401",
        ),
        (
            Faults::none().with(Storage, "runlist", 1.0, [status(StatusCode::NOT_FOUND)]),
            "gs://aim-home/aim-priority-runlist/AIM rankings priority_runlist_current.csv",
        ),
        (
            Faults::none().with(Storage, "POST /upload", 1.0, [status(StatusCode::FORBIDDEN)]),
            "cannot be written",
        ),
        (
            Faults::none().with(
                BigQuery,
                "_load_AIM_AIMData",
                1.0,
                [status(StatusCode::FORBIDDEN)],
            ),
            "AIMData",
        ),
    ] {
        let before = setup.fingerprint()?;
        let output = spoiled(setup, faults, DAYS[1])?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(1), "{said}: {error}");
        let last = error.lines().filter(|line| line.starts_with("Error: ")).collect::<String>();
        ensure!(last.contains(said), "{said}: {error}");
        ensure!(setup.fingerprint()? == before, "{said}: the tables have changed");
        nothing_is_left(setup).context(said)?;
    }
    repaired(setup)
}

/// There is an end to patience.
fn away(setup: &mut Setup) -> anyhow::Result<()> {
    let before = setup.fingerprint()?;
    let away = [Fault::Status(StatusCode::SERVICE_UNAVAILABLE, None)];
    let faults = Faults::none().with(BigQuery, "_load_", 1.0, away);
    let started = Instant::now();
    let output = spoiled(setup, faults, DAYS[1])?;
    ensure!(started.elapsed() < Duration::from_secs(300), "It took {:?}", started.elapsed());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && error.contains("503 backendError"), "{error}");
    ensure!(setup.fingerprint()? == before, "The tables have changed");
    nothing_is_left(setup)?;
    repaired(setup)
}

fn failed_swap(setup: &mut Setup) -> anyhow::Result<()> {
    let before = setup.fingerprint()?;
    let refused = [Fault::Status(StatusCode::FORBIDDEN, None)];
    let faults = Faults::none().with(BigQuery, "_swap_", 1.0, refused);
    let output = spoiled(setup, faults, DAYS[1])?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1), "{error}");
    ensure!(error.contains("BigQuery's tables are as they were"), "{error}");
    ensure!(setup.fingerprint()? == before, "The tables have changed");
    let status = status(setup)?;
    ensure!(status["state"] == "failed", "{status}");
    repaired(setup)
}

fn signal(setup: &mut Setup) -> anyhow::Result<()> {
    let before = setup.fingerprint()?;
    setup.spoil(Faults::none().with(
        BigQuery,
        "job=",
        1.0,
        [Fault::Slow(Duration::from_millis(400))],
    ));
    let mut child = setup.cloud(DAYS[1]).stderr(Stdio::piped()).spawn()?;
    let calls = setup.bigquery.calls().len();
    let started = Instant::now();
    while setup.bigquery.calls().len() < calls + 20 {
        ensure!(started.elapsed() < Duration::from_secs(60), "It makes no calls");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").arg(child.id().to_string()).status()?;
    ensure!(killed.success(), "It was not running");
    let asked = Instant::now();
    let code = child.wait()?.code();
    setup.heal();
    ensure!(code == Some(143), "It ended with {code:?}");
    ensure!(asked.elapsed() < Duration::from_secs(10), "It took {:?}", asked.elapsed());
    ensure!(setup.fingerprint()? == before, "The tables have changed");
    nothing_is_left(setup)
}

/// A run while calls go wrong; some have to.
fn spoiled(setup: &mut Setup, faults: Faults, day: &str) -> anyhow::Result<Output> {
    setup.spoil(faults);
    let output = setup.cloud(day).output();
    let hits = setup.heal();
    ensure!(hits > 0, "No call went wrong");
    println!("{hits} calls went wrong");
    Ok(output?)
}

/// A second run, with nothing in its way.
fn repaired(setup: &Setup) -> anyhow::Result<()> {
    succeeded(&setup.cloud(DAYS[1]).output()?)?;
    setup.same_tables()?;
    nothing_is_left(setup)
}

/// Neither tables nor objects nor files of a run stay behind.
fn nothing_is_left(setup: &Setup) -> anyhow::Result<()> {
    let objects = setup.peers.objects(BUCKET)?;
    let work: Vec<_> = objects.iter().filter(|name| name.contains("/work/")).collect();
    ensure!(work.is_empty(), "Objects of runs are left: {work:?}");
    let tables = setup.peers.tables("shop")?;
    let work: Vec<_> = tables.iter().filter(|name| name.contains("__aim_")).collect();
    ensure!(work.is_empty(), "Tables of runs are left: {work:?}");
    let folders = std::fs::read_dir(&setup.scratch).into_iter().flatten().count();
    ensure!(folders == 0, "{folders} folders of runs are left");
    Ok(())
}

fn status(setup: &Setup) -> anyhow::Result<Value> {
    let content = setup.peers.get(BUCKET, "aim-daily-files/output/job_status.json")?;
    Ok(serde_json::from_slice(&content)?)
}
