//! Stage 4.

use super::{Both, assert_lines};
use crate::fixture::{Input, Root, reply, scripted};
use aim::waves::{Cam, CamResult};
use serde_json::{Value, json};

const AIM_DATA: &str = "\"AIM\".\"AIMData\"";
const CAM_SKU: &str = "\"CAM_files\".\"CAM_SKU\"";
const SIZE: &str = "205/55 R16";

/// Runs the stage in both positions on answers that are given.
fn answering(input: &Input, result: fn(usize, &Cam) -> CamResult) -> Both<Root> {
    ["fixed", "original"].map(|compat| {
        let mut root = input.clone().env("AIM_COMPAT", compat).root();
        let _service =
            scripted(&mut root, move |count, request| reply(request, |cam| result(count, cam)));
        root.run_with(&["--stage", "4"]).ok();
        root
    })
}

fn answered(cam: &Cam, hotbox: &str, skus: &[&str]) -> CamResult {
    let skus = Some(skus.iter().map(|&sku| sku.to_owned()).collect());
    let mut result =
        CamResult { success: true, error_code: None, skus, ..CamResult::failed(cam, "") };
    result.set_hotboxes([hotbox; 4].map(String::from));
    result
}

fn without_results(cam: &Cam) -> CamResult {
    CamResult { success: false, ..answered(cam, "Error", &["-"; 20]) }
}

/// D-13: failed answers became rows, and the word Error got into CAM_SKU. D-28: a failed answer hid a good
/// one of the same vehicle and size.
#[test]
fn failed_answers() {
    let cams = [("A", SIZE), ("B", SIZE), ("C", "205/55R16"), ("C", SIZE), ("D", SIZE)];
    let input = cams.iter().fold(Input::empty(), |input, (vehicle, size)| {
        input.cam(vehicle, size).mapping(vehicle, vehicle, "M")
    });
    let input = input.env("AIM_MIN_SUCCESS_SHARE", "0.1");
    let roots = answering(&input, |_, cam| match (&*cam.vehicle, &*cam.size) {
        ("A", _) => answered(cam, "11111111", &["5", "22222222", "Error"]),
        ("B", _) => without_results(cam),
        ("C", SIZE) => answered(cam, "33333333", &[]),
        _ => CamResult::failed(cam, "TIMEOUT"),
    });
    assert_lines(
        &roots,
        &format!(
            "select \"Vehicle\", \"Size\", \"HB1\", \"SKU1\", \"SKU3\" from {AIM_DATA} order by all"
        ),
        &["A|205/55 R16|11111111|5|Error", "C|205/55 R16|33333333|NULL|NULL"],
        &[
            "A|205/55 R16|11111111|5|Error",
            "B|205/55 R16|Error|-|-",
            "C|205/55 R16|NULL|NULL|NULL",
            "D|205/55 R16|NULL|NULL|NULL",
        ],
    );
    assert_lines(
        &roots,
        &format!(
            "select \"Make\", \"SKU1\", \"SKU5\", \"SKU6\", \"SKU7\" from {CAM_SKU} order by all"
        ),
        &["A|11111111|NULL|22222222|NULL", "C|33333333|NULL|NULL|NULL"],
        &[
            "A|11111111|5|22222222|Error",
            "B|Error|NULL|NULL|NULL",
            "C|NULL|NULL|NULL|NULL",
            "D|NULL|NULL|NULL|NULL",
        ],
    );
}

/// D-13: a run without a single success emptied the tables and succeeded.
#[test]
fn no_success_at_all() {
    let input = Input::empty().cam("A", SIZE).recommendation("OLD", SIZE, ["1"; 4], &[]);
    let [fixed, original] = ["fixed", "original"].map(|compat| {
        let mut root = input.clone().env("AIM_COMPAT", compat).root();
        let _service = scripted(&mut root, |_, request| reply(request, without_results));
        let run = root.run_with(&["--stage", "4"]);
        (run, root)
    });
    assert!(fixed.0.error().contains("Waves answered 0 of 1 CAMs with products"));
    original.0.ok();
    assert_eq!(
        original.1.lines(&format!("select \"Vehicle\", \"HB1\" from {AIM_DATA}")),
        ["A|Error"]
    );
}

/// D-17: the tokens of an answer of the second pass counted once per CAM in it.
#[test]
fn tokens_of_the_second_pass() {
    let input = ["A", "B", "C", "D", "E"]
        .iter()
        .fold(Input::empty(), |input, vehicle| input.cam(vehicle, SIZE));
    let roots =
        answering(&input.env("AIM_BATCH_SIZE", "2"), |count, cam| match (&*cam.vehicle, count) {
            ("B", 0..3) | ("E", _) => CamResult::failed(cam, "TIMEOUT"),
            _ => answered(cam, "11111111", &[]),
        });
    let [fixed, original] = roots.map(|root| root.json("output/cost_report.json"));
    let usage = |prompt: u64, candidates: u64, total: u64| {
        json!({
            "prompt_token_count": prompt,
            "candidates_token_count": candidates,
            "total_token_count": total,
        })
    };
    assert_eq!(
        (&fixed["usage"], &fixed["estimated_cost_gbp"]),
        (&usage(4000, 800, 4800), &json!(0.00052))
    );
    assert_eq!(
        (&original["usage"], &original["estimated_cost_gbp"]),
        (&usage(5000, 1000, 6000), &json!(0.00065))
    );
}

/// D-22: `null` in the override file became the word None, and was sent.
#[test]
fn null_in_the_override_file() {
    let input = Input::empty()
        .cam("A", SIZE)
        .env("AIM_BRAND_ENHANCER", "Pirelli")
        .file("config/aim-config.json", r#"{"BRAND_ENHANCER": null, "SEASON": null}"#);
    let roots = answering(&input, |_, cam| answered(cam, "11111111", &[]));
    let [fixed, original] = roots.map(|root| -> Value {
        let log = root.read("logs/requests_20260315_071500.jsonl");
        serde_json::from_str::<Value>(log.trim()).unwrap()["params"].take()
    });
    assert_eq!((&fixed["brand_enhancer"], fixed.get("season")), (&json!("Pirelli"), None));
    assert_eq!(
        (&original["brand_enhancer"], &original["season"]),
        (&json!("None"), &json!("None"))
    );
}

/// D-46: flotation sizes were cut, rims lost their decimal, commercial tyres were not recognised.
#[test]
fn sizes_of_other_forms() {
    let cams = [("JEEP", "31/10.50R15"), ("LORRY", "215/75 R17.5"), ("VAN 195/75R16C", "-")];
    let input = cams.iter().fold(Input::empty(), |input, (vehicle, size)| input.cam(vehicle, size));
    assert_lines(
        &answering(&input, |_, cam| answered(cam, "11111111", &[])),
        &format!("select \"Vehicle\", \"Size\" from {AIM_DATA} order by all"),
        &["JEEP|31/10.50 R15", "LORRY|215/75 R17.5", "VAN|195/75 R16C"],
        &["JEEP 31/|10.50 R15", "LORRY|215/75 R17", "VAN 195/75R 16C|-"],
    );
}

/// D-31: a CAM_SKU row without a time was never updated. D-07: a vehicle mapped twice was merged twice.
/// D-08: of several names of a vehicle any counted; in both positions it is the first in the results.
#[test]
fn the_merge() {
    let products = (1..=24).map(|n| format!("'O{n}' as \"SKU{n}\"")).collect::<Vec<_>>().join(", ");
    let input = Input::empty()
        .cam("AUDIA3", SIZE)
        .cam("AUDI A3", SIZE)
        .mapping("Audi A3", "Audi", "A3")
        .mapping("AUDI-A3", "Audi", "A3 Saloon")
        .table(
            "CAM_files/CAM_SKU",
            format!(
                "select 'AUDI' as \"Make\", 'a3' as \"Model\", '205' as \"Width\", '55' as \"Profile\", \
                 '16' as \"Rim\", {products}, null::timestamptz as last_modified"
            ),
        );
    let roots = answering(&input, |_, cam| {
        answered(cam, if cam.vehicle == "AUDIA3" { "11111111" } else { "22222222" }, &[])
    });
    assert_lines(
        &roots,
        &format!("select \"Make\", \"Model\", \"SKU1\", \"SKU5\" from {CAM_SKU} order by all"),
        &["Audi|A3|11111111|O5"],
        &["AUDI|a3|O1|O5", "Audi|A3 Saloon|11111111|NULL"],
    );
}
