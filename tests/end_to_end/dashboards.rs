//! Stages 5 to 8: the tables the dashboards read, from recommendations that are given.

mod size_file;

use crate::fixture::{Input, Root};

const ANALYSIS: &str = "\"AIM\".\"aim-analysis-table\"";
const OVERRIDE: &str = "\"AIM\".\"AIM-override-file\"";
const TOKENS: &str = "\"AIM\".aim_token_fact";

/// Four hotboxes that are nobody's business.
const HOTBOXES: [&str; 4] = ["20000001", "20000002", "20000003", "20000004"];

/// Runs stages 6, 7, 5 and 8.
fn dashboards(input: &Input) -> Root {
    let root = input.root();
    root.run_with(&["--stage", "5,6,7,8"]).ok();
    root
}

/// The Mercedes whose name has everything that keys drop.
fn mercedes() -> Input {
    Input::empty().mapping("Mercedes-Benz C-Class", "Mercedes-Benz", "C-Class").recommendation(
        "MERCEDES-BENZC-CLASS",
        "225/40 ZR18",
        HOTBOXES,
        &[],
    )
}

fn numbered(first: u32, names: &[&str], kind: &str) -> Vec<String> {
    let one = |n: u32, name: &str| {
        let number = if n == 1 { String::new() } else { n.to_string() };
        let kind = if name == "RibbonName" { "VARCHAR" } else { kind };
        format!("{name}{number} {kind}")
    };
    (first..=20).flat_map(|n| names.iter().map(move |name| one(n, name))).collect()
}

#[test]
fn columns_have_their_names_places_and_types() {
    let root = dashboards(&mercedes());
    let texts =
        |names: &[&str]| names.iter().map(|name| format!("{name} VARCHAR")).collect::<Vec<_>>();
    let size = texts(&["Make", "Model", "Width", "Profile", "Rim"]);

    let mut analysis = vec!["Today DATE".to_owned()];
    analysis.extend(size.clone());
    analysis.extend(numbered(1, &["SKU"], "VARCHAR"));
    analysis.extend(texts(&["Segment", "Category", "CAM"]));
    analysis.push("distinct_sku_count BIGINT".to_owned());
    analysis.extend(texts(&["CAMSource"]));
    assert_eq!(root.columns("AIM.aim-analysis-table"), analysis);

    let mut file = vec!["Today DATE".to_owned()];
    file.extend(size);
    file.extend(["SKU BIGINT", "TakeoverName VARCHAR", "RibbonName VARCHAR"].map(String::from));
    let products = numbered(2, &["SKU", "RibbonName"], "BIGINT");
    file.extend_from_slice(&products[..6]);
    file.extend(["Country VARCHAR", "Year VARCHAR", "CAMUSlot BIGINT"].map(String::from));
    file.extend_from_slice(&products[6..]);
    file.extend(texts(&["Manufacturer", "ModelName", "OE", "Segment", "Category", "Size"]));
    file.extend(texts(&["Vehicle", "CAM"]));
    file.push("distinct_sku_count BIGINT".to_owned());
    file.extend(texts(&["CAMSource"]));
    assert_eq!(root.columns("AIM.AIM-override-file"), file);

    assert_eq!(
        root.columns("AIM.AIM-override-file-size"),
        [
            "product_id VARCHAR",
            "slot_number DECIMAL(38,9)",
            "Rationale VARCHAR",
            "Initiative VARCHAR",
            "Notes VARCHAR",
            "Start_date DATE",
            "Review_date DATE",
            "Brand VARCHAR",
            "Size VARCHAR"
        ]
    );
    assert_eq!(
        root.columns("AIM.aim_token_fact"),
        [
            "snapshot_date DATE",
            "Manufacturer VARCHAR",
            "Make VARCHAR",
            "Model VARCHAR",
            "Vehicle VARCHAR",
            "Size VARCHAR",
            "Segment VARCHAR",
            "Category VARCHAR",
            "Model_Name VARCHAR",
            "OE VARCHAR",
            "has_oe BOOLEAN",
            "sku BIGINT",
            "token_position BIGINT",
            "token_bucket VARCHAR",
            "is_hotbox BOOLEAN",
            "hotbox_n BIGINT",
            "CAM VARCHAR",
            "CAMSource VARCHAR",
            "distinct_sku_count BIGINT"
        ]
    );
}

#[test]
fn cam_and_takeover_names() {
    let root = dashboards(&mercedes());
    let cam = "\"Make\", \"Model\", \"Width\", \"Profile\", \"Rim\", \"CAM\", \"CAMSource\"";
    let expected = "Mercedes-Benz|C-Class|225|40|18|MERCEDESBENZCCLASS2254018|AIM";
    assert_eq!(root.lines(&format!("select {cam} from {ANALYSIS}")), [expected]);
    assert_eq!(
        root.lines(&format!("select {cam}, \"TakeoverName\" from {OVERRIDE}")),
        [format!("{expected}|aim-mercedes-benz-c-class-225-40-18")]
    );
    // The same CAM everywhere (D-34: here the dash of the make stayed).
    assert_eq!(
        root.lines(&format!("select distinct \"Make\", \"CAM\", \"CAMSource\" from {TOKENS}")),
        ["Mercedes-Benz|MERCEDESBENZCCLASS2254018|AIM"]
    );
}

/// All three tables compare manual CAMs alike (D-34: those with a dash never matched in the analysis;
/// D-35: none ever matched in the token fact).
#[test]
fn manual_cams_are_recognised() {
    for cam in [
        "MERCEDES-BENZ C-CLASS 225 40 18",
        "Mercedes-Benz C-Class 2254018",
        "mercedesbenzcclass2254018",
    ] {
        let root = dashboards(&mercedes().manual_cam("Audi A3 2254018").manual_cam(cam));
        for table in [ANALYSIS, OVERRIDE, TOKENS] {
            let source = format!("select distinct \"CAMSource\" from {table}");
            assert_eq!(root.value(&source), "manual", "{cam} in {table}");
        }
    }
}

#[test]
fn an_analysis_row_labels_products_by_position() {
    let skus = [
        "33333333",
        "",
        "0",
        "-",
        "Error",
        "5e7",
        "50000003.0",
        "12345678",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "17171717",
        "18181818",
    ];
    let root = dashboards(
        &Input::empty()
            .mapping("AUDIA3", "Audi", "A3")
            .product(20_000_001, "Michelin", "Pilot Sport 4", "AO")
            .product(33_333_333, "Tomket", "", "")
            .recommendation(
                "AUDIA3",
                "205/55 R16",
                ["20000001", "20000001", "77777777", "0"],
                &skus,
            ),
    );
    let columns: Vec<String> =
        numbered(1, &["SKU"], "").iter().map(|name| format!("\"{}\"", name.trim())).collect();
    let mut expected: Vec<&str> = vec![
        "Michelin-Pilot Sport 4-20000001",
        "Michelin-Pilot Sport 4-20000001",
        "--77777777",
        "--0",
        "Tomket--33333333",
        "NULL",
        "--0",
        // What is no whole number is no product.
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "--12345678",
    ];
    let rest: Vec<String> = (1..=8).map(|n| format!("--{n}")).collect();
    expected.extend(rest.iter().map(String::as_str));
    let row = root.value(&format!("select {} from {ANALYSIS}", columns.join(", ")));
    assert_eq!(row.split('|').collect::<Vec<_>>(), expected);
    // 20000001, 77777777, 0, 33333333, 12345678 and 1 to 8; the places after the 20th do not count.
    assert_eq!(
        root.value(&format!(
            "select \"Today\", \"Segment\", \"Category\", \"CAM\", distinct_sku_count from {ANALYSIS}"
        )),
        "2026-03-15|A segment|A category|AUDIA32055516|13"
    );
}

#[test]
fn an_override_row_has_products_and_their_first_names() {
    let root = dashboards(
        &Input::empty()
            .mapping("AUDIA3", "Audi", "A 3")
            .product(20_000_002, "Pirelli", "", "")
            .product(20_000_003, "Hankook", "Ventus", "AO")
            .recommendation("AUDIA3", "205/55 R16", HOTBOXES, &["20000005", "-"])
            .recommendation("AUDIA3", "205/55R16", ["", "1", "1", "1"], &[])
            .recommendation("AUDIA3", "225/40 R18", ["0", "1", "1", "1"], &[]),
    );
    // Of the first place that has one (D-08: of any). Rows without a first hotbox are none.
    assert_eq!(
        root.lines(&format!("select * from {OVERRIDE}")),
        [
            "2026-03-15|Audi|A 3|205|55|16|20000001|aim-audi-a3-205-55-16||20000002||20000003||20000004|\
          |UK||4|20000005||NULL||NULL||NULL||NULL||NULL||NULL||NULL||NULL||NULL||NULL||NULL||NULL||\
          NULL||NULL||NULL||Pirelli|Ventus|AO|A segment|A category|205/55 R16|AUDIA3|AUDIA32055516|5|AIM"
        ]
    );
    // In the analysis they are; a size without a blank has no profile and therefore no CAM.
    assert_eq!(
        root.lines(&format!(
            "select \"Width\", \"Profile\", \"Rim\", \"SKU\", \"CAM\", distinct_sku_count \
             from {ANALYSIS} order by all"
        )),
        [
            "205|55|16|--20000001|AUDIA32055516|5",
            "205|NULL|16|NULL|NULL|NULL",
            "225|40|18|--0|AUDIA32254018|2",
        ]
    );
}

/// Vehicles without a mapping stay apart (D-33: in the analysis all of one size were one row).
#[test]
fn unmapped_vehicles() {
    let root = dashboards(
        &Input::empty()
            .recommendation(
                "KITCAR",
                "205/55 R16",
                ["11111111", "22222222", "33333333", "44444444"],
                &["55555555"],
            )
            .recommendation(
                "HOTROD",
                "205/55 R16",
                ["11111111", "22222222", "33333333", "66666666"],
                &["77777777"],
            ),
    );
    assert_eq!(root.value(&format!("select count(*) from {ANALYSIS}")), "0");
    assert_eq!(
        root.lines(
            "select source, reason, content from \"AIM\".\"aim-rejected-rows\" order by all"
        ),
        [
            "aim-analysis-table|vehicle is not in aim-vehiclemapping|HOTROD 205/55 R16",
            "aim-analysis-table|vehicle is not in aim-vehiclemapping|KITCAR 205/55 R16",
        ]
    );
    assert_eq!(
        root.lines(&format!(
            "select \"Vehicle\", \"Make\", \"SKU\", \"TakeoverName\", \"CAM\", \
             distinct_sku_count from {OVERRIDE} order by all"
        )),
        ["HOTROD|NULL|11111111|NULL|NULL|NULL", "KITCAR|NULL|11111111|NULL|NULL|NULL"]
    );
    assert_eq!(
        root.lines(&format!("select distinct_sku_count, count(*) from {TOKENS} group by all")),
        ["7|10"]
    );
}

#[test]
fn a_token_is_one_recommended_product() {
    let root = dashboards(
        &Input::empty()
            .mapping("AUDIA3", "Audi", "A3")
            .product(20_000_001, "Michelin", "Pilot", "AO")
            .product(20_000_002, "Pirelli", "", "")
            .recommendation(
                "AUDIA3",
                "205/55 R16",
                ["20000001", "-", "20000002", "20000004"],
                &["20000001"],
            )
            .recommendation("AUDIA3", "X", ["", "", "", ""], &["20000005"]),
    );
    assert_eq!(
        root.lines(&format!("select * from {TOKENS} order by \"Size\", token_position")),
        [
            "2026-03-15|Michelin|Audi|A3|AUDIA3|205/55 R16|A segment|A category|Pilot|AO|true|\
             20000001|1|Hotbox 1|true|1|AUDIA32055516|AIM|3",
            "2026-03-15|Pirelli|Audi|A3|AUDIA3|205/55 R16|A segment|A category|NULL|NULL|false|\
             20000002|3|Hotbox 3|true|3|AUDIA32055516|AIM|3",
            "2026-03-15|NULL|Audi|A3|AUDIA3|205/55 R16|A segment|A category|NULL|NULL|false|\
             20000004|4|Hotbox 4|true|4|AUDIA32055516|AIM|3",
            "2026-03-15|Michelin|Audi|A3|AUDIA3|205/55 R16|A segment|A category|Pilot|AO|true|\
             20000001|5|Waves|false|NULL|AUDIA32055516|AIM|3",
            "2026-03-15|NULL|Audi|A3|AUDIA3|X|A segment|A category|NULL|NULL|false|\
             20000005|5|Waves|false|NULL|NULL|AIM|1",
        ]
    );
}

/// Reference tables may hold a key twice: its first row in order counts (D-07: rows multiplied).
#[test]
fn double_reference_rows_do_not_double_tokens() {
    let root = dashboards(
        &mercedes()
            .mapping("MERCEDES BENZ C CLASS", "Merc", "C")
            .product(20_000_001, "Pirelli", "P", "")
            .product(20_000_001, "Michelin", "M", ""),
    );
    assert_eq!(
        root.lines(&format!(
            "select \"Make\", sku, \"Manufacturer\" from {TOKENS} order by token_position"
        )),
        [
            "Merc|20000001|Michelin",
            "Merc|20000002|NULL",
            "Merc|20000003|NULL",
            "Merc|20000004|NULL"
        ]
    );
    assert_eq!(root.value(&format!("select count(*) from {ANALYSIS}")), "1");
    assert_eq!(root.value(&format!("select count(*) from {OVERRIDE}")), "1");
}

/// The day changes when it does in London.
#[test]
fn dates_are_londons() {
    let root = mercedes().root();
    root.run_at("2026-07-01T23:30:00Z", &["--stage", "6,7,8"]).ok();
    for (table, column) in [(ANALYSIS, "Today"), (OVERRIDE, "Today"), (TOKENS, "snapshot_date")] {
        let date = format!("select distinct \"{column}\" from {table}");
        assert_eq!(root.value(&date), "2026-07-02", "{table}");
    }
}
