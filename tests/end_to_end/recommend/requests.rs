//! Which CAMs are asked for, and how.

use super::{AIM_DATA, requests};
use crate::fixture::Input;
use serde_json::json;

/// Values are trimmed and go by rank (D-11); rows without a vehicle or size are kept aside (D-10: one of
/// them made its whole batch fail).
#[test]
fn the_runlist_is_read_by_rank() {
    let runlist = "\u{feff} vehicle ,Other, SIZE,rank,Other\n\
        THIRD,x,205/55 R16,3,y\n  FIRST  ,x, 205/55 R16 ,1,y\nUNRANKED,x,205/55 R16,none,y\n\
        ,x,205/55 R16,0,y\nN/A,x,205/55 R16,0,y\nX,x,NaN,0,y\nSECOND,x,205/55 R16,2.5,y\n\
        \"KIT, \"\"X\"\"\",x,205/55 R16,4,y\n";
    let input = Input::working().file("runlist/priority_runlist_current.csv", runlist);
    let asked = |input: &Input| {
        let root = input.root();
        root.run_with(&["--stage", "1,3,4"]).ok();
        let requests = requests(&root);
        assert_eq!(requests.len(), 1);
        requests[0]["cams"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cam| cam["Vehicle"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(&input), ["FIRST", "SECOND", "THIRD", "KIT, \"X\"", "UNRANKED"]);
    let root = input.root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    assert_eq!(
        root.lines(
            "select reason, content from \"AIM\".\"aim-rejected-rows\" where source = 'runlist' \
             order by content"
        ),
        [
            "rank is no number: the row comes last|row 3: UNRANKED, 205/55 R16",
            "row has no vehicle or no size|row 4: , 205/55 R16",
            "row has no vehicle or no size|row 5: N/A, 205/55 R16",
            "row has no vehicle or no size|row 6: X, NaN",
        ]
    );
    assert_eq!(asked(&input.env("AIM_TOTAL_OVERALL", "2")), ["FIRST", "SECOND"]);
    // Without ranks the file's order counts; numbers are texts (D-12).
    let plain = "Size,Vehicle\n205/55 R16,500\n205/55 R16,111\n";
    let input = Input::working().file("runlist/priority_runlist_current.csv", plain);
    assert_eq!(asked(&input), ["500", "111"]);
}

#[test]
fn requests_carry_the_settings() {
    let config = r#"{"GOLDILOCKS_ZONE_PCT": 20.9, "PRICE_FLUCTUATION_LOWER": "0.85", "SEASON": " Winter ",
        "BRAND_ENHANCER": null, "TOTAL_OVERALL": "1", "RUN_MODE": " global ", "unknown": 1}"#;
    let root = Input::working()
        .cam("BMW3", "205/55 R16")
        .file("config/aim-config.json", config)
        .env("AIM_GOLDILOCKS_ZONE_PCT", "30")
        .env("AIM_PRICE_FLUCT_UPPER", "1.2")
        .env("AIM_MODEL_ENHANCER", " CrossClimate 2 ")
        .env("AIM_DISABLE_SEARCH", "T")
        .root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    // Byte for byte; what is not wished for is not sent.
    assert_eq!(
        root.read("logs/requests_20260315_071500.jsonl"),
        concat!(
            r#"{"run_id":"global_20260315_071500","cams":[{"Vehicle":"AUDIA3","Size":"205/55 R16"}],"#,
            r#""params":{"goldilocks_zone_pct":20,"price_fluctuation_upper":1.2,"#,
            r#""price_fluctuation_lower":0.85,"model_enhancer":"CrossClimate 2","season":"Winter","#,
            r#""disable_search":true}}"#,
            "\n"
        )
    );
}

#[test]
fn without_overrides_one_dummy_is_asked_for() {
    let root = Input::working()
        .file("config/aim-config.json", "not looked at")
        .without("runlist/priority_runlist_current.csv")
        .env("IGNORE_GCS_CONFIG", "1")
        .root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    assert_eq!(requests(&root)[0]["cams"], json!([{"Vehicle": "TestCar", "Size": "205/55 R16"}]));
    let row = format!("select \"Vehicle\", \"Size\", \"HB1\" from {AIM_DATA}");
    assert_eq!(root.value(&row), "TestCar|205/55 R16|20000001");
}
