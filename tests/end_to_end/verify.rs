//! `aim verify`: two runs that are the same, and every kind of difference.

use crate::fixture::{Input, Root, Run};
use serde_json::{Value, json};
use std::path::Path;

const STATUS: &str = "output/job_status.json";
const MANIFEST: &str = "output/run_manifest.json";
const COST: &str = "output/cost_report.json";
const RESULTS: &str = "output/results_20260315_071500.csv";
const CAM_SKU: &str = "output/cam_sku_20260315_071500.csv";

fn verify(golden: &Path, run: &Path) -> Run {
    let root = Root::empty("nowhere");
    Run::of(root.command(&["verify"]).args([golden, run]).output().unwrap())
}

fn same(golden: &Root, run: &Root) -> String {
    let run = verify(&golden.path(""), &run.path("")).ok();
    assert!(run.stdout.ends_with("The runs are the same, but for run ids and clocks\n"), "{run:?}");
    run.stdout
}

/// What differs, a sentence each.
fn differences(golden: &Root, run: &Root) -> Vec<String> {
    let run = verify(&golden.path(""), &run.path(""));
    assert_eq!(run.code, Some(1), "{run:?}");
    let found: Vec<String> = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("Different: ").map(str::to_owned))
        .collect();
    assert!(run.stdout.ends_with(&format!("{} differences\n", found.len())), "{run:?}");
    found
}

/// Two roots after the same run, in folders of different names.
fn two() -> [Root; 2] {
    let input = Input::working().cam("BMW3", "205/55 R16");
    ["golden", "it's \"another\" one"].map(|name| {
        let root = input.root_named(name);
        root.run().ok();
        root
    })
}

/// Changes a JSON file, says what differs then, and puts it back.
fn with(golden: &Root, run: &Root, file: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let before = run.read(file);
    let mut value = run.json(file);
    change(&mut value);
    run.write(file, &value.to_string());
    let found = differences(golden, run);
    run.write(file, &before);
    found
}

#[test]
fn the_same_run_elsewhere_is_the_same() {
    let [golden, run] = two();
    assert_eq!(golden.json(MANIFEST), run.json(MANIFEST), "hashes do not depend on the folder");
    assert_eq!(same(&golden, &run), "The runs are the same, but for run ids and clocks\n");
    // The output folders alone will do.
    verify(&golden.path("output"), &run.path("output")).ok();
}

#[test]
fn run_ids_and_clocks_do_not_count() {
    let [golden, run] = two();
    run.run_at("2026-03-15T09:00:00Z", &[]).ok();
    assert_eq!(run.status()["run_id"], "20260315_090000");
    let said = same(&golden, &run);
    assert!(said.contains("the hashes of statements are not compared"), "{said}");
}

#[test]
fn every_kind_of_difference_is_told() {
    let [golden, run] = two();
    let status = |change: fn(&mut Value)| with(&golden, &run, STATUS, change);
    let manifest = |change: fn(&mut Value)| with(&golden, &run, MANIFEST, change);
    assert_eq!(
        status(|status| status["state"] = json!("failed")),
        ["job_status.json: state: expected \"success\", found \"failed\""]
    );
    assert_eq!(
        status(|status| status["currentStage"] = json!(4)),
        ["job_status.json: the key currentStage is new"]
    );
    assert_eq!(
        status(|status| drop(status.as_object_mut().unwrap().remove("error_summary"))),
        ["job_status.json: the key error_summary is missing"]
    );
    assert_eq!(
        status(|status| status["progress"]["failed"] = json!(1)),
        ["job_status.json: progress: expected {\"attempted\":2,\"succeeded\":2,\"failed\":0}, \
             found {\"attempted\":2,\"succeeded\":2,\"failed\":1}"]
    );
    assert_eq!(
        status(|status| status["started_at"] = json!(5)),
        ["job_status.json: started_at: expected \"2026-03-15T07:15:00.000000+00:00\", found 5"]
    );
    assert_eq!(
        status(|status| status["report"]["estimated_cost_gbp"] = json!(1.5)).len(),
        1,
        "the report is compared too"
    );
    assert_eq!(
        manifest(|manifest| manifest["mode"] = json!("cloud")),
        ["run_manifest.json: mode: expected \"local\", found \"cloud\""]
    );
    assert_eq!(manifest(|manifest| manifest["dry_run"] = json!(true)).len(), 1);
    let lost = manifest(|manifest| drop(manifest["stages"].as_array_mut().unwrap().remove(1)));
    assert!(lost[0].starts_with("run_manifest.json: stages: expected ["), "{lost:?}");
    let lost = manifest(|manifest| drop(manifest["sql_files"].as_array_mut().unwrap().remove(1)));
    assert!(lost[0].starts_with("run_manifest.json: sql_files: expected ["), "{lost:?}");
    assert_eq!(
        manifest(|manifest| manifest["sql_files"][0]["sha256"] = json!("0")),
        ["run_manifest.json: another statement was run as \"aim/rejected_rows.sql\""]
    );
    assert_eq!(
        with(&golden, &run, COST, |cost| cost["usage"]["prompt_token_count"] = json!(1)).len(),
        1
    );
    for file in [STATUS, MANIFEST, COST, RESULTS, CAM_SKU] {
        let before = run.read(file);
        run.remove(file);
        let found = differences(&golden, &run);
        assert!(found.iter().any(|found| found.ends_with(" is missing")), "{file}: {found:?}");
        run.write(file, &before);
    }
    same(&golden, &run);
}

#[test]
fn rows_are_compared_in_order() {
    let [golden, run] = two();
    for (file, kind) in [(RESULTS, "results"), (CAM_SKU, "cam_sku")] {
        let before = run.read(file);
        run.write(file, &before.replacen("AUDIA 3,", "AUDI A3,", 1));
        let found = differences(&golden, &run);
        let said = format!("{kind}_<run id>.csv, line 2: expected AUDIA 3,");
        assert!(found.len() == 1 && found[0].starts_with(&said), "{found:?}");
        let mut lines: Vec<&str> = before.lines().collect();
        lines.swap(1, 2);
        run.write(file, &(lines.join("\n") + "\n"));
        assert_eq!(differences(&golden, &run).len(), 2);
        let short = lines[..2].join("\n");
        run.write(file, &short);
        let found = differences(&golden, &run);
        assert!(found.iter().any(|found| found.ends_with("found no line")), "{found:?}");
        run.write(file, &before);
    }
    // Only some of very many are shown.
    let many = |root: &Root, mark: &str| {
        root.write(RESULTS, &format!("Vehicle\n{}", format!("{mark}\n").repeat(1000)));
    };
    many(&golden, "a");
    many(&run, "b");
    let found = differences(&golden, &run);
    assert_eq!(found.len(), 6);
    assert_eq!(found[5], "results_<run id>.csv: 995 more lines differ");
}

/// Reference files that were recorded of the job's predecessor: no stage, no statement, state idle.
#[test]
fn recorded_references_of_the_predecessor_serve() {
    let golden = Root::empty("golden");
    let run = Input::working().root();
    run.run_with(&["--stage", "1,3"]).ok();
    let status = json!({
        "state": "idle", "run_id": "20251201_101112_ab12", "started_at": null, "ended_at": null,
        "heartbeat_ts": null, "last_log_line": "Initialized", "duration": null,
        "output_file": "results_x.csv", "error_summary": null,
        "progress": {"attempted": 0, "succeeded": 0, "failed": 0},
    });
    let requests: Vec<Value> = (0..14).map(|n| json!({"url": n})).collect();
    let manifest = json!({
        "mode": "local", "dry_run": false, "stages": [], "sql_files": [], "http_requests": requests,
    });
    golden.write(STATUS, &status.to_string());
    golden.write(MANIFEST, &manifest.to_string());
    let said = same(&golden, &run);
    assert!(
        said.contains("Not compared: run_manifest.json: the golden run has no stages"),
        "{said}"
    );
    assert!(said.contains("Not compared: results_<run id>.csv: the golden run has none"), "{said}");
    // There must have been some.
    let found = with(&golden, &run, MANIFEST, |manifest| manifest["stages"] = json!([]));
    assert_eq!(found, ["run_manifest.json: there are no stages"]);
}

#[test]
fn what_cannot_be_compared_has_its_own_exit_code() {
    let empty = Root::empty("empty");
    let run = Input::working().root();
    run.run_with(&["--stage", "1,3"]).ok();
    let error = verify(&empty.path(""), &run.path("")).error_with(2);
    assert!(error.contains("holds no run: it has neither job_status.json nor"), "{error}");
    empty.write(STATUS, "{");
    let error = verify(&empty.path(""), &run.path("")).error_with(2);
    assert!(error.contains("job_status.json is not valid JSON"), "{error}");
}
