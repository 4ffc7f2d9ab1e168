//! Status, manifest and cost report.

use super::{COST, MANIFEST, STATUS, Verdict};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Values of the status that are another run's, clocks, or where in a run somebody looked.
const OF_ITS_RUN: [&str; 7] = [
    "run_id",
    "started_at",
    "ended_at",
    "heartbeat_ts",
    "duration",
    "last_log_line",
    "output_file",
];

/// The same keys and values. A run may have ended where the golden one, which may be older than the job
/// itself, was `idle`.
pub(super) fn status(golden: &Value, run: &Value, verdict: &mut Verdict) {
    let Some((golden, run)) = objects(STATUS, golden, run, verdict) else { return };
    keys(STATUS, golden, run, &["duration"], verdict);
    for (key, expected) in golden {
        let Some(found) = run.get(key) else { continue };
        if OF_ITS_RUN.contains(&key.as_str()) {
            // Of these only the kind is known.
            let kind = |value: &Value| matches!(value, Value::Null | Value::String(_));
            if kind(expected) && !kind(found) {
                different(STATUS, key, expected, found, verdict);
            }
        } else if key == "state" {
            if expected != found && (expected, found) != (&"idle".into(), &"success".into()) {
                different(STATUS, key, expected, found, verdict);
            }
        } else if key == "report" {
            self::report(&format!("{STATUS}, report"), expected, found, verdict);
        } else if expected != found {
            different(STATUS, key, expected, found, verdict);
        }
    }
}

/// The same stages, and the same SQL. Statements hold the run's id and dates: their hashes are compared
/// where both runs had the same clock. A golden run without stages or statements says nothing of them.
pub(super) fn manifest(golden: &Value, run: &Value, same_clock: bool, verdict: &mut Verdict) {
    let Some((golden, run)) = objects(MANIFEST, golden, run, verdict) else { return };
    keys(MANIFEST, golden, run, &[], verdict);
    for key in ["mode", "dry_run"] {
        let (expected, found) = (value(golden, key), value(run, key));
        if expected != found {
            different(MANIFEST, key, expected, found, verdict);
        }
    }
    let (expected, found) = (list(golden, "stages"), list(run, "stages"));
    if expected.is_empty() {
        verdict.notes.push(format!("{MANIFEST}: the golden run has no stages"));
        if found.is_empty() {
            verdict.differences.push(format!("{MANIFEST}: there are no stages"));
        }
    } else if expected != found {
        different(MANIFEST, "stages", value(golden, "stages"), value(run, "stages"), verdict);
    }
    let (expected, found) = (list(golden, "sql_files"), list(run, "sql_files"));
    if expected.is_empty() {
        return verdict.notes.push(format!("{MANIFEST}: the golden run has no statements"));
    }
    let names = |list: &[Value]| Value::from_iter(list.iter().map(|entry| entry["file"].clone()));
    if names(expected) != names(found) {
        return different(MANIFEST, "sql_files", &names(expected), &names(found), verdict);
    }
    if !same_clock {
        let note =
            "the runs have not the same run id, so the hashes of statements are not compared";
        return verdict.notes.push(format!("{MANIFEST}: {note}"));
    }
    for (expected, found) in expected.iter().zip(found) {
        if expected != found {
            let name = &expected["file"];
            verdict.differences.push(format!("{MANIFEST}: another statement was run as {name}"));
        }
    }
}

/// The same figures.
pub(super) fn cost(golden: &Value, run: &Value, verdict: &mut Verdict) {
    report(COST, golden, run, verdict);
}

fn report(place: &str, golden: &Value, run: &Value, verdict: &mut Verdict) {
    let Some((golden, run)) = objects(place, golden, run, verdict) else { return };
    keys(place, golden, run, &[], verdict);
    for (key, expected) in golden {
        let of_its_run = ["timestamp", "run_id"].contains(&key.as_str());
        if let Some(found) = run.get(key)
            && !of_its_run
            && expected != found
        {
            different(place, key, expected, found, verdict);
        }
    }
}

fn objects<'a>(
    place: &str,
    golden: &'a Value,
    run: &'a Value,
    verdict: &mut Verdict,
) -> Option<(&'a Object, &'a Object)> {
    let both = golden.as_object().zip(run.as_object());
    if both.is_none() && golden != run {
        verdict.differences.push(format!("{place}: expected {golden}, found {run}"));
    }
    both
}

/// The same keys, but for those that only some golden runs have.
fn keys(place: &str, golden: &Object, run: &Object, optional: &[&str], verdict: &mut Verdict) {
    for key in run.keys().filter(|key| !golden.contains_key(*key)) {
        verdict.differences.push(format!("{place}: the key {key} is new"));
    }
    let is_needed = |key: &&String| !run.contains_key(*key) && !optional.contains(&key.as_str());
    for key in golden.keys().filter(is_needed) {
        verdict.differences.push(format!("{place}: the key {key} is missing"));
    }
}

fn value<'a>(object: &'a Object, key: &str) -> &'a Value {
    object.get(key).unwrap_or(&Value::Null)
}

fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn different(place: &str, key: &str, expected: &Value, found: &Value, verdict: &mut Verdict) {
    verdict.differences.push(format!("{place}: {key}: expected {expected}, found {found}"));
}
