//! The run mode PER_SEGMENT.

use super::{AIM_DATA, requests};
use crate::fixture::{Input, Standin, sale};
use serde_json::json;

/// The Audi is a City Car, the BMW an Executive car; both take the one size there is.
pub(crate) fn input() -> Input {
    let segments = "select * from (values ('AUDIA3', 'City Car', 0, 0, 0, 0, 0), \
        ('BMW3', 'Executive car', 0, 0, 0, 0, 0)) as influence(\"Vehicle\", \"Segment\", \"PRICE_pct\", \
        \"GRADE_pct\", \"FUEL_pct\", \"WET_GRIP_pct\", \"AWARD_SCORE_pct\")";
    Input::working()
        .sale(sale(20_000_001, "BMW", "3"))
        .table("nexus_tyrescore/tyrescore-influence", segments)
        .without("runlist/priority_runlist_current.csv")
        .env("AIM_RUN_MODE", "PER_SEGMENT")
}

#[test]
fn every_segment_is_asked_for_page_by_page() {
    let root = input().env("AIM_TOTAL_PER_SEGMENT", "3").env("AIM_PAGE_SIZE", "2").root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    let rows = root.lines(&format!("select \"Vehicle\", \"Size\", \"HB1\" from {AIM_DATA}"));
    assert_eq!(rows, ["AUDIA 3|205/55 R16|20000001", "BMW 3|205/55 R16|20000001"]);
    let mut asked: Vec<String> = requests(&root)
        .iter()
        .map(|page| format!("{} {} {}", page["segment"], page["offset"], page["top_n"]))
        .collect();
    asked.sort();
    assert_eq!(
        asked,
        ["\"City Car\" 0 2", "\"City Car\" 2 1", "\"Executive car\" 0 2", "\"Executive car\" 2 1"]
    );
    // Pages say nothing of tokens: there is no report, and progress is not shown.
    let status = root.status();
    assert_eq!(status["progress"], json!({"attempted": 0, "succeeded": 0, "failed": 0}));
    assert!(status.get("report").is_none() && !root.path("output/cost_report.json").exists());
}

#[test]
fn segments_can_be_named() {
    // The file wins; a service without a page of segments will do.
    let config = r#"{"LIMIT_TO_SEGMENTS": ["Executive car"], "RUN_MODE": "per_segment"}"#;
    let input =
        input().file("config/aim-config.json", config).env("AIM_LIMIT_SEGMENTS", "City Car");
    let mut root = input.root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    let _waves = Standin::serve(&mut root, &["--no-app"]);
    root.run_with(&["--stage", "4"]).ok();
    assert_eq!(root.lines(&format!("select \"Vehicle\" from {AIM_DATA}")), ["BMW 3"]);
    root.write("config/aim-config.json", r#"{"LIMIT_TO_SEGMENTS": ""}"#);
    let error = root.run_with(&["--stage", "4"]).error();
    assert!(error.contains("/app (run 20260315_071500, 1 attempt) lists no segments"), "{error}");
    assert!(
        error.contains("name them in AIM_LIMIT_SEGMENTS, or use AIM_RUN_MODE=GLOBAL"),
        "{error}"
    );
}

/// A page that fails is a failure (D-04: it was as if it were empty).
#[test]
fn failed_pages_count() {
    let input = input().env("AIM_PAGE_SIZE", "1").env("AIM_TOTAL_PER_SEGMENT", "1");
    let mut root = input.root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    let before = root.tables();
    let waves = Standin::serve(&mut root, &["--long-reply", "2"]);
    root.set("AIM_MIN_SUCCESS_SHARE", "0.6");
    let error = root.run_with(&["--stage", "4"]).error();
    assert!(error.contains("Waves answered 1 of 2 CAMs with products"), "{error}");
    assert!(error.contains("2 results for a page of 1"), "{error}");
    assert_eq!(root.tables(), before);
    root.set("AIM_MIN_SUCCESS_SHARE", "0.5");
    root.run_with(&["--stage", "4"]).ok();
    assert_eq!(root.value(&format!("select count(*) from {AIM_DATA}")), "1");
    let kept = "select reason, content from \"AIM\".\"aim-rejected-rows\" where source = 'Waves'";
    let kept = root.value(kept);
    assert!(
        kept.starts_with("no products: PAGE_FAILED|") && kept.ends_with(" rows 1 to 1"),
        "{kept}"
    );
    assert_eq!(waves.stop(), "Served 4 CAMs in 0 batch calls and 4 page calls");
}
