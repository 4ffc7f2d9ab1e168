//! The stand-in as a process of its own, well and with faults.

use super::AIM_DATA;
use crate::fixture::{Input, PASSWORD, Standin};
use serde_json::json;

#[test]
fn a_running_stand_in_answers_as_the_one_inside() {
    let mut root = Input::working().root();
    root.run().ok();
    let inside = root.read("output/results_20260315_071500.csv");
    root.remove("output/results_20260315_071500.csv");
    let waves = Standin::serve(&mut root, &[]);
    root.run().ok();
    assert_eq!(root.read("output/results_20260315_071500.csv"), inside);
    assert_eq!(waves.stop(), "Served 1 CAMs in 1 batch calls");
}

#[test]
fn busy_and_forgetful_services_are_asked_again() {
    let mut root = Input::working().root();
    root.run().ok();
    let waves =
        Standin::serve(&mut root, &["--fail-401", "1", "--fail-429", "1", "--fail-5xx", "1"]);
    let started = std::time::Instant::now();
    root.run().ok();
    assert!(started.elapsed().as_secs() >= 3, "the waits are 1 and 2 seconds");
    assert_eq!(root.status()["progress"], json!({"attempted": 1, "succeeded": 1, "failed": 0}));
    assert_eq!(waves.stop(), "Served 1 CAMs in 4 batch calls");
}

#[test]
fn a_short_answer_is_asked_for_again() {
    let input = Input::working().cam("BMW3", "205/55 R16").env("AIM_BATCH_SIZE", "1");
    let mut root = input.root();
    root.run().ok();
    let waves = Standin::serve(&mut root, &["--short-reply", "2"]);
    root.run().ok();
    assert_eq!(root.status()["progress"], json!({"attempted": 2, "succeeded": 2, "failed": 0}));
    assert_eq!(root.value(&format!("select count(*) from {AIM_DATA}")), "2");
    assert_eq!(waves.stop(), "Served 3 CAMs in 3 batch calls");
}

/// Of four CAMs the second and fourth fail; asked again they are first and second of their batch.
#[test]
fn too_few_answers_fail_the_run_before_any_table_changes() {
    let mut input = Input::working();
    for vehicle in ["BMW3", "VWGOLF", "KIAEV 6"] {
        input = input.cam(vehicle, "205/55 R16");
    }
    let mut root = input.root();
    root.run().ok();
    let before = root.tables();
    let waves = Standin::serve(&mut root, &["--fail-cam", "2"]);
    root.set("AIM_MIN_SUCCESS_SHARE", "0.8");
    let error = root.run().error();
    assert!(
        error.starts_with("Stage 4: Batch Recommender: Waves answered 3 of 4 CAMs with products"),
        "{error}"
    );
    assert!(error.contains("below AIM_MIN_SUCCESS_SHARE=0.8: no table was changed"), "{error}");
    assert_eq!(root.tables(), before);
    let status = root.status();
    assert_eq!(status["state"], "failed");
    assert_eq!(status["error_summary"], *error);
    assert_eq!(status["last_log_line"], "Failed at Stage 4: Batch Recommender");
    assert_eq!(status["progress"], json!({"attempted": 4, "succeeded": 3, "failed": 1}));
    // The tokens are paid all the same.
    assert_eq!(root.json("output/cost_report.json")["units"]["cams_succeeded"], json!(3));

    root.set("AIM_MIN_SUCCESS_SHARE", "0.75");
    root.run().ok();
    assert_eq!(
        root.lines(&format!("select \"Vehicle\" from {AIM_DATA}")),
        ["AUDIA 3", "BMW 3", "VWGOLF"]
    );
    assert_eq!(waves.stop(), "Served 12 CAMs in 4 batch calls");
}

#[test]
fn a_service_that_never_answers_well_fails_the_run() {
    let mut root = Input::working().root();
    root.run().ok();
    let before = root.tables();
    for (faults, said) in [
        (["--fail-cam", "1"], "Waves answered 0 of 1 CAMs with products"),
        (["--fail-401-every", "1"], "was answered with status 401"),
        (["--short-reply", "1"], "0 results for 1 CAMs"),
    ] {
        let waves = Standin::serve(&mut root, &faults);
        let error = root.run().error();
        assert!(error.contains(said), "{faults:?}: {error}");
        assert_eq!(root.tables(), before, "{faults:?}");
        drop(waves);
    }
    // Now nobody listens at that address.
    let run = root.run();
    let error = run.error();
    assert!(error.contains("Could not reach http://127.0.0.1:"), "{error}");
    assert!(error.contains("check AIM_BASE_URL and that the service runs"), "{error}");
    assert_eq!(root.tables(), before);
    let _waves = Standin::serve(&mut root, &[]);
    root.set("AIM_SERVICE_PASSWORD", "wr0ng");
    let run = root.run();
    let error = run.error();
    assert!(error.contains("failed with status 401; check AIM_SERVICE_PASSWORD"), "{error}");
    assert!(!run.stderr.contains("wr0ng") && !run.stderr.contains(PASSWORD), "{run:?}");
    assert_eq!(root.tables(), before);
}
