//! Stages 5 to 8.

use super::{assert_lines, both};
use crate::fixture::Input;

const ANALYSIS: &str = "\"AIM\".\"aim-analysis-table\"";
const OVERRIDE: &str = "\"AIM\".\"AIM-override-file\"";
const SIZE_FILE: &str = "\"AIM\".\"AIM-override-file-size\"";
const TOKENS: &str = "\"AIM\".aim_token_fact";

const HOTBOXES: [&str; 4] = ["20000001", "20000002", "20000003", "20000004"];

/// D-02: the size file was made of the previous run's override file, the first time of none.
#[test]
fn what_the_size_file_is_made_of() {
    let input = Input::empty()
        .mapping("AUDIA3", "Audi", "A3")
        .brand(20_000_001, "Old")
        .brand(20_000_009, "New");
    let first = |id| input.clone().recommendation("AUDIA3", "205/55 R16", [id, "1", "1", "1"], &[]);
    let roots = both(&first("20000001"), "5,6,7,8");
    let brands =
        format!("select \"Start_date\", slot_number, \"Brand\" from {SIZE_FILE} order by all");
    let old = ["2026-03-15|1.001000000|Old", "2026-03-15|9.001000000|Old"];
    assert_lines(&roots, &brands, &old, &[]);
    for root in &roots {
        first("20000009").write_to(root);
        root.run_at("2026-03-16T07:15:00Z", &["--stage", "5,6,7,8"]).ok();
    }
    let new = ["2026-03-16|1.001000000|New", "2026-03-16|9.001000000|New"];
    let late = ["2026-03-16|1.001000000|Old", "2026-03-16|9.001000000|Old"];
    assert_lines(&roots, &brands, &[old, new].concat(), &late);
}

/// D-42: a second run on a day doubled its rows.
#[test]
fn the_same_day_again() {
    let input = Input::empty()
        .mapping("AUDIA3", "Audi", "A3")
        .brand(20_000_001, "B")
        .recommendation("AUDIA3", "205/55 R16", ["20000001", "1", "1", "1"], &[]);
    let roots = both(&input, "5,6,7,8");
    for root in &roots {
        root.run_with(&["--stage", "5,6,7,8"]).ok();
    }
    assert_lines(
        &roots,
        &format!(
            "select (select count(*) from {ANALYSIS}), (select count(*) from {OVERRIDE}), \
             (select count(*) from {SIZE_FILE}), (select count(*) from {TOKENS})"
        ),
        &["1|1|2|4"],
        // The size file of the first run had nothing to read.
        &["2|2|2|8"],
    );
}

/// D-07: a key that stands twice in a reference table doubled what met it.
#[test]
fn keys_that_stand_twice() {
    let roots = both(
        &Input::empty()
            .mapping("AUDIA3", "Audi", "A3")
            .mapping("audi-a3", "Audi", "A3 Saloon")
            .product(20_000_001, "Michelin", "P", "")
            .product(20_000_001, "Pirelli", "", "AO")
            .brand(20_000_001, "Michelin")
            .brand(20_000_001, "Pirelli")
            .recommendation("AUDIA3", "205/55 R16", ["20000001", "1", "1", "1"], &[]),
        "6,7,8",
    );
    assert_lines(
        &roots,
        &format!(
            "select \"Model\", \"Manufacturer\", \"OE\" from {TOKENS} where token_position = 1 order by all"
        ),
        &["A3|Michelin|NULL"],
        &["A3|Michelin|NULL", "A3|Pirelli|AO", "A3 Saloon|Michelin|NULL", "A3 Saloon|Pirelli|AO"],
    );
    assert_lines(
        &roots,
        &format!("select \"Model\", \"SKU\" from {ANALYSIS} order by all"),
        &["A3|Michelin-P-20000001"],
        &["A3|Pirelli--20000001", "A3 Saloon|Pirelli--20000001"],
    );
    // Of the first place that has one (D-08: of any), of two of one place the smaller.
    assert_lines(
        &roots,
        &format!(
            "select \"Model\", \"Manufacturer\", \"ModelName\", \"OE\" from {OVERRIDE} order by all"
        ),
        &["A3|Michelin|P|NULL"],
        &["A3|Michelin|P|AO", "A3 Saloon|Michelin|P|AO"],
    );
    for root in &roots {
        root.run_with(&["--stage", "5"]).ok();
    }
    assert_lines(
        &roots,
        &format!("select \"Brand\" from {SIZE_FILE} where slot_number < 2 order by all"),
        &["Michelin"],
        &["Michelin", "Pirelli"],
    );
}

/// D-33: all vehicles without a mapping were one row per size of the analysis table.
#[test]
fn vehicles_without_a_mapping() {
    let size = "205/55 R16";
    let roots = both(
        &Input::empty()
            .recommendation("KITCAR", size, ["20000001", "-", "-", "-"], &["20000005"])
            .recommendation("HOTROD", size, ["20000002", "-", "-", "-"], &[]),
        "6",
    );
    assert_lines(
        &roots,
        &format!(
            "select \"Make\", \"Width\", \"Profile\", \"Rim\", \"SKU\", \"SKU5\", \"CAM\", \
             distinct_sku_count from {ANALYSIS}"
        ),
        &[],
        &["NULL|205|55|16|--20000002|--20000005|NULL|NULL"],
    );
}

/// D-34: CAMs had three forms, so that manual ones with a dash never matched in the analysis table. D-35: in
/// the token fact capitals were dropped from what manual ones were compared with.
#[test]
fn manual_cams() {
    let roots = ["MERCEDES-BENZ C-CLASS 225 40 18", "Mercedes Benz C Class 2254018"].map(|cam| {
        let input = Input::empty()
            .mapping("Mercedes-Benz C-Class", "Mercedes-Benz", "C-Class")
            .mapping("SEATLEON", "seat", "leon")
            .manual_cam(cam)
            .manual_cam("Seat Leon 205 55 16")
            .recommendation("MERCEDES-BENZC-CLASS", "225/40 ZR18", HOTBOXES, &[])
            .recommendation("SEATLEON", "205/55 R16", HOTBOXES, &[]);
        both(&input, "6,7,8")
    });
    let cams =
        |table: &str| format!("select distinct \"CAM\", \"CAMSource\" from {table} order by all");
    let manual = ["MERCEDESBENZCCLASS2254018|manual", "SEATLEON2055516|manual"];
    let missed = ["MERCEDESBENZCCLASS2254018|AIM", "SEATLEON2055516|manual"];
    let tokens = ["MERCEDES-BENZC-CLASS2254018|AIM", "SEATLEON2055516|manual"];
    for (roots, analysis) in roots.iter().zip([missed, manual]) {
        assert_lines(roots, &cams(ANALYSIS), &manual, &analysis);
        assert_lines(roots, &cams(OVERRIDE), &manual, &manual);
        assert_lines(roots, &cams(TOKENS), &manual, &tokens);
    }
}
