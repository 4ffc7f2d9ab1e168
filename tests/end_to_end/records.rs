//! What a run says about itself: status, manifest, cost report, request log, and its CSV files.

use crate::fixture::{Input, PASSWORD, Root, Standin, reply, scripted};
use aim::config::Compat;
use aim::jobs::aim::Choices;
use aim::warehouse::template::render;
use aim::waves::{Cam, CamResult};
use minijinja::context;
use serde_json::{Value, json};
use std::path::Path;

const RESULTS: &str = "output/results_20260315_071500.csv";
const CAM_SKU: &str = "output/cam_sku_20260315_071500.csv";

const HEADER: &str = "Vehicle,Size,HB1,HB2,HB3,HB4,SKU1,SKU2,SKU3,SKU4,SKU5,SKU6,SKU7,SKU8,SKU9,SKU10,\
    SKU11,SKU12,SKU13,SKU14,SKU15,SKU16,SKU17,SKU18,SKU19,SKU20";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A root after a run of all stages.
fn after_a_run() -> Root {
    let root = Input::working().root();
    root.run().ok();
    root
}

#[test]
fn the_manifest_has_stages_in_order_and_every_statement() {
    let root = after_a_run();
    let manifest = root.json("output/run_manifest.json");
    assert_eq!(keys(&manifest), ["mode", "dry_run", "stages", "sql_files", "http_requests"]);
    assert_eq!(manifest["mode"], "local");
    assert_eq!(manifest["dry_run"], false);
    assert_eq!(manifest["http_requests"], json!([]));
    // The size file (5) comes after the override file (7) that it reads (D-02).
    assert_eq!(
        manifest["stages"],
        json!([
            "Stage 1: Load Data",
            "Stage 2: Placeholder",
            "Stage 3: TyreScore",
            "Stage 4: Batch Recommender",
            "Stage 6: Core Tables",
            "Stage 7: Dashboard Tables",
            "Stage 5: Validation",
            "Stage 8: Output Core",
            "Stage 9: Dashboard Output",
        ])
    );
    let statements = manifest["sql_files"].as_array().unwrap();
    let files: Vec<&str> = statements.iter().map(|file| file["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        [
            "aim/rejected_rows.sql",
            // Of the catalogue, the influence, the mapping, the names and the brands; then of the tyres.
            "aim/repeated_keys.sql",
            "aim/repeated_keys.sql",
            "aim/repeated_keys.sql",
            "aim/repeated_keys.sql",
            "aim/repeated_keys.sql",
            "aim/load_sales.sql",
            "aim/load_tyre_score.sql",
            "aim/repeated_keys.sql",
            "aim/tyre_score.sql",
            "aim/runlist.sql",
            "aim/runlist_rejected.sql",
            "aim/results.sql",
            "aim/aim_data.sql",
            "aim/cam_sku_staging.sql",
            "aim/cam_sku_merge.sql",
            "aim/analysis_table.sql",
            "aim/override_file.sql",
            "aim/size_file.sql",
            "aim/token_fact.sql",
            "aim/merchandising_report.sql",
            "aim/clear_run.sql",
        ]
    );
    for statement in statements {
        assert_eq!(keys(statement), ["file", "size", "sha256"]);
        let hash = statement["sha256"].as_str().unwrap();
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        assert!(hash.len() == 64 && hash.chars().all(is_hex), "{statement}");
    }
    // Hashes are of the text that was executed (D-40: there were none).
    let choices = Choices::of(Compat::Fixed);
    let parameters = context! { run_id => "20260315_071500", choices };
    let merge = render("aim/cam_sku_merge.sql", parameters).unwrap();
    assert_eq!(
        statements[15],
        json!({"file": merge.name, "size": merge.sql.len(), "sha256": merge.sha256()})
    );
}

#[test]
fn the_status_tells_how_the_run_ended() {
    let root = after_a_run();
    let status = root.status();
    assert_eq!(
        keys(&status),
        [
            "state",
            "run_id",
            "started_at",
            "ended_at",
            "heartbeat_ts",
            "last_log_line",
            "output_file",
            "error_summary",
            "progress",
            "report"
        ]
    );
    assert_eq!(status["state"], "success");
    assert_eq!(status["run_id"], "20260315_071500");
    assert_eq!(status["started_at"], "2026-03-15T07:15:00.000000+00:00");
    // The clock goes on from what it was told.
    let ended = status["ended_at"].as_str().unwrap();
    assert!(ended > "2026-03-15T07:15:00.000000+00:00", "{ended}");
    assert!(ended < "2026-03-15T07:16:00" && ended.len() == 32, "{ended}");
    assert!(status["heartbeat_ts"].as_str().unwrap() >= ended, "{status}");
    assert_eq!(status["last_log_line"], "Job Completed Successfully");
    assert_eq!(status["output_file"], "results_20260315_071500.csv");
    assert_eq!(status["error_summary"], Value::Null);
    assert_eq!(status["progress"], json!({"attempted": 1, "succeeded": 1, "failed": 0}));
    assert_eq!(status["report"], root.json("output/cost_report.json"));
    // Two blanks a level, as its readers print it.
    assert!(root.read("output/job_status.json").starts_with("{\n  \"state\": \"success\",\n"));
}

/// One answer from 24 candidates: 4,000 and 24 times 100 tokens, and 222.
#[test]
fn the_cost_report_counts_tokens() {
    let root = after_a_run();
    let report = root.json("output/cost_report.json");
    assert_eq!(
        keys(&report),
        ["timestamp", "run_id", "mode", "units", "usage", "estimated_cost_gbp"]
    );
    assert_eq!(
        report,
        json!({
            "timestamp": "2026-03-15T07:15:00.000000+00:00",
            "run_id": "20260315_071500",
            "mode": "GLOBAL",
            "units": {"cams_attempted": 1, "cams_succeeded": 1},
            "usage": {
                "prompt_token_count": 6400, "candidates_token_count": 222, "total_token_count": 6622,
            },
            // 6,400 at 0.072505 and 222 at 0.29002 pounds a million: 0.000528.
            "estimated_cost_gbp": 0.00053,
        })
    );
}

/// No tyre is better than another, so they stand in order: no budget tyre, which every third is from
/// the second on, before the fifth place.
#[test]
fn result_files_have_their_layout() {
    let root = after_a_run();
    let products: Vec<String> = [1, 3, 4, 6, 2, 5]
        .into_iter()
        .chain(7..=24)
        .map(|n| (20_000_000 + n).to_string())
        .collect();
    let row = format!("AUDIA 3,205/55 R16,{}", products.join(","));
    assert_eq!(root.read(RESULTS), format!("{HEADER}\n{row}\n"));
    assert_eq!(
        root.read(CAM_SKU),
        format!("{HEADER},last_modified\n{row},2026-03-15 07:15:00.000000+00:00\n")
    );
}

#[test]
fn result_files_quote_what_needs_it_and_leave_gaps_empty() {
    let runlist = "Vehicle,Size\n\"KIT, \"\"X\"\"\",205/55 R16\nÉCLAIR 2,205/55 R16\n";
    let input = Input::empty().file("runlist/priority_runlist_current.csv", runlist);
    let mut root = input.root();
    let answer = |cam: &Cam| {
        let skus = Some(["50000001", "-", "50000001", "Error"].map(String::from).to_vec());
        let mut result =
            CamResult { success: true, error_code: None, skus, ..CamResult::failed(cam, "") };
        result.set_hotboxes(["1", "2", "3", "1234567"].map(String::from));
        result
    };
    let _service = scripted(&mut root, move |_, request| reply(request, answer));
    root.run_with(&["--stage", "4"]).ok();
    let gaps = ",".repeat(16);
    assert_eq!(
        root.read(RESULTS),
        format!(
            "{HEADER}\n\"KIT, \"\"X\"\"\",205/55 R16,1,2,3,1234567,50000001,-,-,Error{gaps}\n\
             ÉCLAIR 2,205/55 R16,1,2,3,1234567,50000001,-,-,Error{gaps}\n"
        )
    );
    assert_eq!(
        root.read(CAM_SKU),
        format!(
            "{HEADER},last_modified\n\
             \"KIT, \"\"X\"\"\",205/55 R16,,,,1234567,50000001,,,{gaps},2026-03-15 07:15:00.000000+00:00\n\
             ÉCLAIR 2,205/55 R16,,,,1234567,50000001,,,{gaps},2026-03-15 07:15:00.000000+00:00\n"
        )
    );
}

/// The machine's zone changes nothing.
#[test]
fn files_are_the_same_in_every_time_zone() {
    let here = after_a_run();
    let there = Input::working().env("TZ", "Pacific/Auckland").root();
    there.run().ok();
    for file in [RESULTS, CAM_SKU, "output/cost_report.json"] {
        assert_eq!(here.read(file), there.read(file), "{file}");
    }
    let modified = "select epoch_us(last_modified) from \"CAM_files\".\"CAM_SKU\"";
    assert_eq!(there.value(modified), "1773558900000000");
    let today = "select distinct \"Today\" from \"AIM\".\"AIM-override-file\"";
    assert_eq!(there.value(today), "2026-03-15");
}

#[test]
fn the_password_is_nowhere() {
    let mut root = Input::working().cam("BMW3", "205/55 R16").env("AIM_BATCH_SIZE", "1").root();
    root.run().ok();
    let _waves = Standin::serve(&mut root, &["--fail-401", "1"]);
    root.set("AIM_LOG", "trace");
    let run = root.run().ok();
    assert!(!run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD), "{run:?}");
    assert_eq!(root.read("logs/requests_20260315_071500.jsonl").lines().count(), 2);
    let mut folders = vec![root.path("")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!holds(&path, PASSWORD), "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen} files");
}

fn holds(path: &Path, text: &str) -> bool {
    std::fs::read(path).unwrap().windows(text.len()).any(|window| window == text.as_bytes())
}

/// Front ends find the stage of a run in its log.
#[test]
fn the_log_says_which_stage_begins() {
    let run = Input::working().root().run().ok();
    let begun: Vec<u32> = run
        .stderr
        .lines()
        .filter_map(|line| line.split_once("Starting Stage "))
        .map(|(_, rest)| rest.split(':').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(begun, [1, 2, 3, 4, 6, 7, 5, 8, 9]);
    assert!(run.stdout.contains("Run 20260315_071500 succeeded\n"), "{}", run.stdout);
    for stage in 1..=9 {
        assert_eq!(run.stdout.matches(&format!("  Stage {stage}: ")).count(), 1, "{}", run.stdout);
    }
}

#[test]
fn a_dry_run_writes_files_only() {
    let mut root = Input::working().root();
    root.set("AIM_WAVES_URL", "http://127.0.0.1:1");
    root.set("DATABASE_URL", "postgresql://127.0.0.1:1/aim");
    let run = root.run_with(&["--dry-run"]).ok();
    assert!(run.stdout.contains("dry run: no table was changed"), "{}", run.stdout);
    assert!(!root.path("warehouse.duckdb").exists());
    assert!(root.read(RESULTS).contains("AUDIA 3,205/55 R16,20000001,"));
    assert_eq!(root.json("output/run_manifest.json")["dry_run"], true);
    assert_eq!(root.status()["state"], "success");

    root.unset("AIM_WAVES_URL");
    root.unset("DATABASE_URL");
    root.run().ok();
    let before = root.tables();
    root.set("DRY_RUN", "true");
    root.run_at("2026-03-16T07:15:00Z", &[]).ok();
    assert_eq!(root.tables(), before);
}
