//! Runs after runs: on the same day, on the next, of some stages only, without some of the input.

use crate::fixture::{Input, Root, Run, item, purchase, sale, tyre, view};
use serde_json::json;

const NEXT_DAY: &str = "2026-03-16T07:15:00Z";

fn stages(root: &Root) -> serde_json::Value {
    root.json("output/run_manifest.json")["stages"].clone()
}

/// A day's rows per table that keeps days.
fn days(root: &Root) -> Vec<String> {
    root.lines(
        "select 'analysis', \"Today\"::varchar, count(*) from \"AIM\".\"aim-analysis-table\" group by all \
         union all select 'override', \"Today\"::varchar, count(*) from \"AIM\".\"AIM-override-file\" group by all \
         union all select 'size', \"Start_date\"::varchar, count(*) from \"AIM\".\"AIM-override-file-size\" group by all \
         union all select 'token', snapshot_date::varchar, count(*) from \"AIM\".aim_token_fact group by all \
         order by all",
    )
}

/// A second run on a day replaces the first one's rows (D-42: it doubled them).
#[test]
fn the_same_day_again_changes_nothing() {
    let root = Input::working().root();
    root.run().ok();
    let first = root.everything();
    let expected = [
        "analysis|2026-03-15|1",
        "override|2026-03-15|1",
        // 20 products and the four best once more.
        "size|2026-03-15|24",
        "token|2026-03-15|20",
    ];
    assert_eq!(days(&root), expected);
    root.run().ok();
    assert_eq!(root.everything(), first);
}

/// Twelve thousand sales, whose averages fall on half pennies: neither threads nor the order of replies
/// may decide anything.
#[test]
fn equal_input_gives_equal_tables_and_files() {
    let date = "2026-03-15".parse().unwrap();
    let options = aim::sample::Options { scale: 1, seed: 7, date, cams: None };
    let first = Root::empty("first");
    aim::sample::write(&first.path(""), &options).unwrap();
    let second = Root::empty("second");
    aim::sample::write(&second.path(""), &options).unwrap();
    let [first, second] = [first, second].map(|root| {
        root.run().ok();
        let files = ["results", "cam_sku"]
            .map(|name| root.read(&format!("output/{name}_20260315_071500.csv")));
        (fingerprints(&root), files)
    });
    assert!(first.0.len() > 10, "{:?}", first.0);
    assert_eq!(first.0, second.0);
    assert!(first.1 == second.1, "the files differ");
}

/// Rows and a checksum of every table that the job writes, in whatever order their rows are.
fn fingerprints(root: &Root) -> Vec<String> {
    let tables = "select format('\"{}\".\"{}\"', table_schema, table_name) \
        from information_schema.tables where table_schema <> 'analytics' order by 1";
    let print = |table: &String| {
        root.lines(&format!("select '{table}', count(*), sum(hash(t)::hugeint) from {table} t"))
    };
    root.lines(tables).iter().flat_map(print).collect()
}

/// A column's text may hold what other files are separated by.
#[test]
fn reference_files_are_separated_by_commas() {
    let input = Input::working().file("reference/AIM/aim-manual-cams.csv", "CAM\nA;B\n\"C,|D\"\n");
    let root = input.root();
    root.run().ok();
    let cams = root.lines("select \"CAM\" from \"AIM\".\"aim-manual-cams\" order by 1");
    assert_eq!(cams, ["A;B", "C,|D"]);
}

#[test]
fn the_next_day_keeps_yesterdays_rows() {
    let seen = ["2026-02-22", "2026-02-23", "2026-03-14", "2026-03-15"];
    let input = Input::working().events(seen.map(|day| view(day, 1, "u", &[item("20000002")])));
    let root = input.root();
    root.run().ok();
    let yesterday = root.everything();
    // A late purchase belongs to a day that is reported again, and one to a day that is not.
    let bought = purchase("2026-03-15", 5, "visitor", "t", &[item("20000001")]);
    input.event(bought).write_to(&root);
    root.run_at(NEXT_DAY, &[]).ok();
    assert_eq!(
        days(&root),
        [
            "analysis|2026-03-15|1",
            "analysis|2026-03-16|1",
            "override|2026-03-15|1",
            "override|2026-03-16|1",
            // Of the newest override file alone: no product counts twice.
            "size|2026-03-15|24",
            "size|2026-03-16|24",
            "token|2026-03-15|20",
            "token|2026-03-16|20",
        ]
    );
    let today = root.everything();
    for table in
        ["aim-analysis-table", "AIM-override-file", "AIM-override-file-size", "aim_token_fact"]
    {
        let table = format!("\"AIM\".\"{table}\"");
        let missing: Vec<&String> =
            yesterday[&table].iter().filter(|row| !today[&table].contains(row)).collect();
        assert_eq!(missing, [""; 0], "{table}");
    }
    // The report's window moves on: its first day stays as it was, the others are counted anew.
    assert_eq!(
        root.lines(
            "select \"Date\", \"SKU\", \"Orders\" from \"AIM\".\"aim-merchandising-report\" order by all"
        ),
        [
            "2026-02-22|20000002|0",
            "2026-02-23|20000002|0",
            "2026-03-14|20000001|1",
            "2026-03-14|20000002|0",
            "2026-03-15|20000002|0",
        ]
    );
    let modified = "select count(*), min(epoch_us(last_modified)) from \"CAM_files\".\"CAM_SKU\"";
    assert_eq!(root.value(modified), "1|1773645300000000");
}

#[test]
fn the_front_end_runs_stage_4_alone() {
    let input = Input::working();
    let root = input.root();
    root.run().ok();
    let before = root.everything();
    // What the later stages read is not what they wrote.
    input.cam("BMW3", "205/55 R16").write_to(&root);
    root.run_at(NEXT_DAY, &["--stage", "4", "--run-mode", "GLOBAL"]).ok();
    assert_eq!(stages(&root), json!(["Stage 4: Batch Recommender"]));
    let after = root.everything();
    let changed: Vec<&String> =
        after.keys().filter(|table| before.get(*table) != after.get(*table)).collect();
    assert_eq!(
        changed,
        [
            "\"AIM\".\"AIMData\"",
            "\"AIM\".\"aim-rejected-rows\"",
            "\"CAM_files\".\"CAM_SKU\"",
            "\"CAM_files\".\"CAM_SKU_staging\"",
        ]
    );
    assert_eq!(root.lines("select \"Vehicle\" from \"AIM\".\"AIMData\""), ["AUDIA 3", "BMW 3"]);
}

#[test]
fn a_run_may_begin_at_a_stage() {
    let root = Input::working().root();
    root.run().ok();
    root.run_at(NEXT_DAY, &["--from", "7"]).ok();
    assert_eq!(
        stages(&root),
        json!([
            "Stage 7: Dashboard Tables",
            "Stage 5: Validation",
            "Stage 8: Output Core",
            "Stage 9: Dashboard Output",
        ])
    );
    assert_eq!(
        days(&root),
        [
            "analysis|2026-03-15|1",
            "override|2026-03-15|1",
            "override|2026-03-16|1",
            "size|2026-03-15|24",
            "size|2026-03-16|24",
            "token|2026-03-15|20",
            "token|2026-03-16|20",
        ]
    );
    assert!(!root.path("output/results_20260316_071500.csv").exists());
}

/// Tables stay in the warehouse until a file replaces them.
#[test]
fn reference_files_are_needed_once() {
    let root = Input::working().root();
    root.run().ok();
    let first = root.everything();
    std::fs::remove_dir_all(root.path("reference")).unwrap();
    root.run().ok();
    assert_eq!(root.everything(), first);
    root.write("reference/AIM/aim-manual-cams.csv", "CAM\nAudi A3 205 55 16\n");
    root.run().ok();
    let source = "select distinct \"CAMSource\" from \"AIM\".aim_token_fact";
    assert_eq!(root.value(source), "manual");
}

/// A missing source file fails the run (D-03: it went on in silence), unless told otherwise.
#[test]
fn the_last_sales_serve_if_that_is_allowed() {
    let input = Input::working();
    let mut root = input.root();
    root.run().ok();
    root.remove("tyrescore-AWS3-daily-files/CarMakeModelSales.csv");
    assert!(root.run().error().contains("or set AIM_ALLOW_STALE=true"));
    root.set("AIM_ALLOW_STALE", "true");
    let run = root.run().ok();
    assert!(run.stderr.contains("CarMakeModelSales.csv is missing in"), "{}", run.stderr);
    assert_eq!(root.status()["stale_sources"], json!(["CarMakeModelSales"]));
    let sold = "select count(*) from nexus_tyrescore.\"TyreScore_algorithm_output\" \
        where \"SalesStatus\" = 'Active'";
    assert_eq!(root.value(sold), "24");
    // Without a last table there is nothing to go on with.
    let fresh = Input::working()
        .without("tyrescore-AWS3-daily-files/CarMakeModelSales.csv")
        .env("AIM_ALLOW_STALE", "true")
        .root();
    let error = fresh.run().error();
    assert!(error.contains("lacks nexus_tyrescore.CarMakeModelSales"), "{error}");
}

#[test]
fn new_input_replaces_old_scores() {
    let input = Input::working();
    let root = input.root();
    root.run().ok();
    let scores =
        "select \"ProductId\", \"Vehicle\" from nexus_tyrescore.\"TyreScore_algorithm_output\"";
    assert_eq!(root.lines(scores).len(), 24);
    Input::empty().tyre(tyre(20_000_100)).sale(sale(20_000_100, "KIA", "EV6")).write_to(&root);
    root.run_with(&["--stage", "1,2,3"]).ok();
    assert_eq!(root.lines(scores), ["20000100|KIAEV6"]);
}

#[test]
fn a_root_may_have_any_name() {
    let plain = Input::working().root();
    plain.run().ok();
    let root = Input::working().root_named("it's \"my\" root, ü; --");
    root.run().ok();
    assert_eq!(root.everything(), plain.everything());
    let file = "output/results_20260315_071500.csv";
    assert_eq!(root.read(file), plain.read(file));
}

/// Without --now it is now.
#[test]
fn a_run_has_the_systems_time() {
    let root = Input::working().root();
    let before = jiff::Timestamp::now();
    let run = Run::of(root.command(&["run"]).output().unwrap()).ok();
    let started: jiff::Timestamp = root.status()["started_at"].as_str().unwrap().parse().unwrap();
    assert!(before <= started && started <= jiff::Timestamp::now(), "{started}");
    let run_id = started.strftime("%Y%m%d_%H%M%S").to_string();
    assert!(run.stdout.contains(&format!("Run {run_id} succeeded")), "{}", run.stdout);
    assert!(root.path(&format!("output/results_{run_id}.csv")).exists());
}
