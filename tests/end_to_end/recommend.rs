//! Stage 4: what is asked of Waves, and what becomes of the answers.

mod costs;
mod faults;
mod requests;
pub(crate) mod segments;

use crate::fixture::{AIM_DATA_COLUMNS, Input, Root, reply, scripted};
use aim::waves::{Cam, CamResult};
use serde_json::{Value, json};

const AIM_DATA: &str = "\"AIM\".\"AIMData\"";
const STAGING: &str = "\"CAM_files\".\"CAM_SKU_staging\"";
const CAM_SKU: &str = "\"CAM_files\".\"CAM_SKU\"";

const HOTBOXES: [&str; 4] = ["11111111", "11111112", "11111113", "11111114"];

/// A good answer.
fn answered(cam: &Cam, skus: &[&str]) -> CamResult {
    let skus = Some(skus.iter().map(|&sku| sku.to_owned()).collect());
    let mut result =
        CamResult { success: true, error_code: None, skus, ..CamResult::failed(cam, "") };
    result.set_hotboxes(HOTBOXES.map(String::from));
    result
}

/// The answer when there were no candidates.
fn without_results(cam: &Cam) -> CamResult {
    let mut result = CamResult::failed(cam, "NO_RESULTS");
    result.set_hotboxes(["Error"; 4].map(String::from));
    CamResult { skus: Some(vec!["-".to_owned(); 20]), ..result }
}

/// A root with tyres in its warehouse and the given CAMs to ask for.
fn asking(cams: &[(&str, &str)]) -> Input {
    cams.iter().fold(Input::empty(), |input, (vehicle, size)| input.cam(vehicle, size))
}

/// Runs the stage on answers that are given.
fn answering(
    input: &Input,
    mut result: impl FnMut(usize, &Cam) -> CamResult + Send + 'static,
) -> Root {
    let mut root = input.root();
    let _service =
        scripted(&mut root, move |count, request| reply(request, |cam| result(count, cam)));
    root.run_with(&["--stage", "4"]).ok();
    root
}

/// The requests of a run, as they were sent.
pub(crate) fn requests(root: &Root) -> Vec<Value> {
    let log = root.read("logs/requests_20260315_071500.jsonl");
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn products(first: u32, count: u32) -> Vec<String> {
    (first..first + count).map(|id| id.to_string()).collect()
}

fn texts(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

#[test]
fn columns_have_their_names_places_and_types() {
    let root = answering(&asking(&[("A", "205/55 R16")]), |_, cam| answered(cam, &[]));
    let text = |name: &str| format!("{name} VARCHAR");
    let mut expected: Vec<String> = AIM_DATA_COLUMNS.iter().map(|name| text(name)).collect();
    assert_eq!(root.columns("AIM.AIMData"), expected);
    expected.push("last_modified TIMESTAMP WITH TIME ZONE".to_owned());
    assert_eq!(root.columns("CAM_files.CAM_SKU_staging"), expected);
    let mut expected: Vec<String> =
        ["Make", "Model", "Width", "Profile", "Rim"].into_iter().map(text).collect();
    expected.extend((1..=24).map(|n| text(&format!("SKU{n}"))));
    expected.push("last_modified TIMESTAMP WITH TIME ZONE".to_owned());
    assert_eq!(root.columns("CAM_files.CAM_SKU"), expected);
}

#[test]
fn answers_become_rows_in_the_runlists_order() {
    let cams = [
        ("SQUASHED", "205/55 R16"),
        ("MANY", "205/55 R16"),
        ("BROKEN", "205/55 R16"),
        ("NOTHING", "205/55 R16"),
        ("LENGTHS", "205/55 R16"),
        ("ERRORS", "205/55 R16"),
        ("B", "205/55 R16"),
        ("b", "205/55 R16"),
        ("FOCUS", "225/40 R18"),
        ("FOCUS", "225/40R18"),
        ("FOCUS", "225/40 R18 Y"),
    ];
    let root = answering(&asking(&cams), |_, cam| match (&*cam.vehicle, &*cam.size) {
        ("SQUASHED", _) => answered(
            cam,
            &["11111111", "50000001", "50000001", "-", "50000002", "50000002", "50000001"],
        ),
        ("MANY", _) => answered(cam, &texts(&products(60_000_001, 30))),
        ("BROKEN", _) => answered(cam, &["50000001", "xFormatErrorx"]),
        ("NOTHING", _) => without_results(cam),
        ("LENGTHS", _) => answered(cam, &["5", "1234567", "123456789", "50000001.0"]),
        ("ERRORS", _) => answered(cam, &["Error"; 20]),
        ("FOCUS", "225/40 R18") => CamResult::failed(cam, "TIMEOUT"),
        ("FOCUS", "225/40 R18 Y") => answered(cam, &["50000009"]),
        _ => answered(cam, &["50000001"]),
    });
    let skus =
        |from: u32, to: u32| (from..=to).map(|n| format!(", \"SKU{n}\"")).collect::<String>();
    // A failed answer is no row (D-13), and hides no good one of the same vehicle and size (D-28).
    assert_eq!(
        root.lines(&format!("select \"Vehicle\", \"Size\"{} from {AIM_DATA}", skus(1, 8))),
        [
            // The first hotbox may come again; the second place of a product is a dash.
            "SQUASHED|205/55 R16|11111111|50000001|-|-|50000002|-|-|NULL",
            "MANY|205/55 R16|60000001|60000002|60000003|60000004|60000005|60000006|60000007|60000008",
            "LENGTHS|205/55 R16|5|1234567|123456789|50000001.0|NULL|NULL|NULL|NULL",
            "ERRORS|205/55 R16|Error|-|-|-|-|-|-|-",
            "B|205/55 R16|50000001|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
            "b|205/55 R16|50000001|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
            "FOCUS|225/40 R18|50000001|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
        ]
    );
    assert_eq!(
        root.lines(&format!("select distinct \"HB1\", \"HB2\", \"HB3\", \"HB4\" from {AIM_DATA}")),
        [HOTBOXES.join("|")]
    );
    let last = format!("select \"SKU20\" from {AIM_DATA} where \"Vehicle\" = 'MANY'");
    assert_eq!(root.value(&last), "60000020");
    // Only product numbers get into CAM_SKU (D-13: the word Error did).
    assert_eq!(
        root.lines(&format!("select \"Vehicle\", \"HB4\"{} from {STAGING}", skus(1, 5))),
        [
            "SQUASHED|11111114|11111111|50000001|NULL|NULL|50000002",
            "MANY|11111114|60000001|60000002|60000003|60000004|60000005",
            "LENGTHS|11111114|NULL|1234567|NULL|NULL|NULL",
            "ERRORS|11111114|NULL|NULL|NULL|NULL|NULL",
            "B|11111114|50000001|NULL|NULL|NULL|NULL",
            "b|11111114|50000001|NULL|NULL|NULL|NULL",
            "FOCUS|11111114|50000001|NULL|NULL|NULL|NULL",
        ]
    );
    let modified = format!("select distinct epoch_us(last_modified) from {STAGING}");
    assert_eq!(root.value(&modified), "1773558900000000");
}

#[test]
fn vehicles_and_sizes_are_put_back_where_they_belong() {
    let cams = [
        ("AUDIA3", "225/40 R18 92Y"),
        ("TESLAMODEL 3", "235/45 R18 Y"),
        ("LAND ROVER90", "265/75R16"),
        ("MINI", "HATCH 205/45R17"),
        ("MINI COUPE 205/45 R17", "x"),
        ("FORD FOCUS 225/40ZR18 ST", "x"),
        ("BMW", "3 SERIES 225/45 R18 XL"),
        // Flotation sizes, decimal rims and commercial tyres keep what belongs to them (D-46).
        ("JEEP", "31/10.50R15"),
        ("LORRY", "215/75 R17.5"),
        ("VAN", "195/75R16C"),
        ("ODD", "n/k"),
    ];
    let root = answering(&asking(&cams), |_, cam| answered(cam, &[]));
    assert_eq!(
        root.lines(&format!("select \"Vehicle\", \"Size\" from {AIM_DATA}")),
        [
            "AUDIA 3|225/40 R18",
            "TESLAMODEL 3|235/45 R18",
            "LAND ROVER 90|265/75 R16",
            "MINI HATCH|205/45 R17",
            "MINI COUPE|205/45 R17",
            "FORD FOCUS ST|225/40 ZR18",
            "BMW 3 SERIES|225/45 R18",
            "JEEP|31/10.50 R15",
            "LORRY|215/75 R17.5",
            "VAN|195/75 R16C",
            "ODD|n/k",
        ]
    );
}

/// Three batches, and one more for the two CAMs that failed, each of 1,000 and 200 tokens.
#[test]
fn what_failed_is_asked_once_more_and_paid_once() {
    let cams = ["A", "B", "C", "D", "E"].map(|vehicle| (vehicle, "205/55 R16"));
    let root = answering(&asking(&cams).env("AIM_BATCH_SIZE", "2"), |count, cam| {
        match (&*cam.vehicle, count < 3) {
            ("B", true) | ("E", _) => CamResult::failed(cam, "TIMEOUT"),
            _ => answered(cam, &[]),
        }
    });
    let status = root.status();
    // The counts are of both passes (D-26: 5, 3 and 2).
    assert_eq!(status["progress"], json!({"attempted": 5, "succeeded": 4, "failed": 1}));
    let report = &status["report"];
    assert_eq!(report["units"], json!({"cams_attempted": 5, "cams_succeeded": 4}));
    // Tokens are counted once an answer (D-17: 5,000, 1,000 and 6,000).
    assert_eq!(
        report["usage"],
        json!({
            "prompt_token_count": 4000, "candidates_token_count": 800, "total_token_count": 4800,
        })
    );
    assert_eq!(report["estimated_cost_gbp"], json!(0.00052));
    let asked: Vec<Vec<String>> = requests(&root)
        .iter()
        .map(|request| {
            let cams = request["cams"].as_array().unwrap();
            let vehicles = cams.iter().map(|cam| cam["Vehicle"].as_str().unwrap().to_owned());
            [request["run_id"].as_str().unwrap().to_owned()].into_iter().chain(vehicles).collect()
        })
        .collect();
    let run = "global_20260315_071500";
    let retry = "global_20260315_071500_retry";
    let expected: [&[&str]; 4] =
        [&[run, "A", "B"], &[run, "C", "D"], &[run, "E"], &[retry, "B", "E"]];
    assert_eq!(asked, expected);
    assert_eq!(root.lines(&format!("select \"Vehicle\" from {AIM_DATA}")), ["A", "B", "C", "D"]);
}

/// An answer that does not fit its request is a failed batch (D-16: it ended the job, or gave a
/// vehicle another one's tyres).
#[test]
fn answers_of_another_shape_are_asked_for_again() {
    let cams = ["A", "B", "C", "D"].map(|vehicle| (vehicle, "205/55 R16"));
    let input = asking(&cams).env("AIM_BATCH_SIZE", "1").env("AIM_WAVES_CONCURRENCY", "1");
    let mut root = input.root();
    let _service = scripted(&mut root, |count, request| {
        let mut answer = reply(request, |cam| answered(cam, &[&format!("5000000{count}")]));
        let results = answer["results"].as_array_mut().unwrap();
        match count {
            0 => results[0] = Value::Null,
            1 => results.push(results[0].clone()),
            2 => results[0]["Vehicle"] = json!("A"),
            3 => results[0]["SKUs"] = json!([50_000_001]),
            _ => {}
        }
        answer
    });
    root.run_with(&["--stage", "4"]).ok();
    assert_eq!(
        root.lines(&format!("select \"Vehicle\", \"SKU1\" from {AIM_DATA}")),
        ["A|50000004", "B|50000005", "C|50000006", "D|50000007"]
    );
    // What could be read of the first four was paid as well.
    assert_eq!(root.status()["report"]["usage"]["prompt_token_count"], json!(6000));
}

#[test]
fn the_merge_keeps_what_it_does_not_replace() {
    let numbered = |skus: &[(u32, &str)]| {
        let cell = |n| {
            let sku = skus.iter().find(|(at, _)| *at == n).map(|(_, sku)| format!("'{sku}'"));
            format!("{}::varchar as \"SKU{n}\"", sku.unwrap_or_else(|| "null".to_owned()))
        };
        (1..=24).map(cell).collect::<Vec<_>>().join(", ")
    };
    let previous = |make: &str, modified: &str, skus: &[(u32, &str)]| {
        format!(
            "select '{make}' as \"Make\", 'a3' as \"Model\", '205 ' as \"Width\", '55' as \"Profile\", \
             '16' as \"Rim\", {}, {modified}::timestamptz as last_modified",
            numbered(skus)
        )
    };
    let old = [(1, "O1"), (5, "O5"), (6, "O6")];
    let target = [
        previous(" audi", "'2026-01-01 00:00:00+00'", &old),
        previous("Newer", "'2027-01-01 00:00:00+00'", &old),
        previous("Timeless", "null", &old),
        previous("Untouched", "'2026-01-01 00:00:00+00'", &old),
    ];
    let cams = [
        ("AUDIA3", "205/55R16"),
        // Another name of the same vehicle: the first one counts (D-08: any did).
        ("AUDI A3", "205/55 R16"),
        ("NEWERA3", "205/55 R16"),
        ("TIMELESSA3", "205/55 R16"),
        ("BMW3", "225/40ZR18"),
        ("FAILED", "205/55 R16"),
        ("BMW3", "31/1050 R15"),
        ("BMW3", "90/90 R21"),
        ("BMW3", "195/75R16C"),
        ("HALF", "205/55 R16"),
        ("KITCAR", "205/55 R16"),
    ];
    let input = asking(&cams)
        .mapping("Audi A3", "Audi", "A3")
        .mapping("Newer A3", "Newer", "A3")
        .mapping("Timeless A3", "Timeless", "A3")
        .mapping("BMW 3", "BMW", "3")
        .mapping("Failed", "Failed", "X")
        .mapping("Half", "Half", "")
        .table("CAM_files/CAM_SKU", target.join(" union all "));
    let root = answering(&input, |_, cam| match &*cam.vehicle {
        "FAILED" => without_results(cam),
        "AUDI A3" => answered(cam, &["59999999"]),
        _ => answered(cam, &["50000001", "-", "Error"]),
    });
    assert_eq!(
        root.lines(&format!(
            "select \"Make\", \"Model\", \"Width\", \"Profile\", \"Rim\", \"SKU1\", \"SKU4\", \"SKU5\", \
             \"SKU6\", \"SKU7\", epoch_us(last_modified) // 86400000000 - 20000 \
             from {CAM_SKU} order by 1"
        )),
        [
            // A gap keeps the old product.
            "Audi|A3|205 |55|16|11111111|11111114|50000001|O6|NULL|527",
            "BMW|3|225|40|18|11111111|11111114|50000001|NULL|NULL|527",
            "Newer|a3|205 |55|16|O1|NULL|O5|O6|NULL|819",
            // No time is the oldest (D-31: such rows were never updated).
            "Timeless|A3|205 |55|16|11111111|11111114|50000001|O6|NULL|527",
            "Untouched|a3|205 |55|16|O1|NULL|O5|O6|NULL|454",
        ]
    );
    // What is left out is kept with the reason (D-29: it was silently absent).
    assert_eq!(
        root.lines("select reason, content from \"AIM\".\"aim-rejected-rows\" order by all"),
        [
            "no products: NO_RESULTS|FAILED 205/55 R16",
            "size is not of the form ddd/dd R dd|BMW 3 195/75 R16C",
            "size is not of the form ddd/dd R dd|BMW 3 31/1050 R15",
            "size is not of the form ddd/dd R dd|BMW 3 90/90 R21",
            "vehicle has no make and model in aim-vehiclemapping|HALF 205/55 R16",
            "vehicle has no make and model in aim-vehiclemapping|KITCAR 205/55 R16",
        ]
    );
}
