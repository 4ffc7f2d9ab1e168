//! Whether data is good enough, the candidates of files, alerts and the week.

use crate::fixture::{Ended, Folder};
use crate::scripted::Scripted;
use serde_json::Value;

/// A mart of consecutive days but for those that are left out.
fn mart(folder: &Folder, days: u32, without: &[u32]) {
    let mut text = "asin,site,dt,price,bsr,rating\n".to_owned();
    for day in (1..=days).filter(|day| !without.contains(day)) {
        text += &format!("A,US,2024-01-{day:02},10,100,4\n");
    }
    folder.file("mart.csv", &text);
}

#[test]
fn schedulers_are_told_by_the_exit_code() {
    let folder = Folder::new();
    let run = "validate --input @mart.csv";
    mart(&folder, 20, &[]);
    assert_eq!(folder.run(run).code, 0);
    mart(&folder, 20, &[3, 4]);
    let ended = folder.run(run);
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("1 of 1 series lack more days"), "{}", ended.out);
    let ended = folder.run("validate --input @mart.csv --date 2024-02-20");
    assert_eq!(ended.code, 3);
    assert!(ended.out.contains("There is no row of 2024-02-20"), "{}", ended.out);
    folder.file("mart.csv", "asin,site,dt,bsr,rating\nA,US,2024-01-01,1,4\n");
    let ended = folder.run(run);
    assert_eq!(ended.code, 3);
    assert!(ended.out.contains("There is no column price"), "{}", ended.out);
    folder.file(
        "mart.csv",
        "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,4,4\nA,US,2024-01-01,1,4,4\n",
    );
    assert_eq!(folder.run(run).code, 3);
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,1,4\nA,US,2024-01-02,0,0,4\nA,US,2024-01-03,-1,5000000,4\nA,US,2024-01-04,,,4\n");
    let ended = folder.run(&format!("{run} --json"));
    assert_eq!(ended.code, 2);
    assert!(
        ended.out.contains(r#""invalid_price": 2"#) && ended.out.contains(r#""invalid_bsr": 2"#),
        "{}",
        ended.out
    );
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,many,4\n");
    let Ended { code, err, .. } = folder.run(run);
    assert!(code == 1 && err.contains("bsr of row A, US, 2024-01-01 is 'many'"), "{err}");
    folder.file(
        "mart.csv",
        "asin,site,dt,price,bsr,rating\n,US,2024-01-01,1,1,4\nA,US,2024-01-01,1,1,4\n",
    );
    let Ended { code, out, .. } = folder.run(run);
    assert!(code == 3 && out.contains("1 rows lack product, site or day"), "{out}");
    // Without any row there is nothing to use.
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\n");
    assert_eq!(folder.run(run).code, 3);
    // Only coverage was judged: cells were counted, and nothing was a warning.
    let folder = Folder::original();
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,1,4\nA,US,2024-01-02,0,0,4\nA,US,2024-01-03,-1,5000000,4\nA,US,2024-01-04,,,4\n");
    let Ended { code, out, .. } = folder.run(&format!("{run} --json"));
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &found["status"], &found["coverage"]["minimum"]),
        (0, &"passed".into(), &1.0.into())
    );
    assert_eq!((&found["invalid_price"], &found["invalid_bsr"]), (&2.into(), &2.into()));
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\n");
    let Ended { code, out, .. } = folder.run(&format!("{run} --json"));
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &found["status"], &found["coverage"]["minimum"]),
        (2, &"warning".into(), &Value::Null)
    );
    folder.file("mart.csv", "asin,site,dt,price,bsr,rating\nA,US,2024-01-01,1,1,4\nB,US,2024-01-01,1,1,4\nC,US,2024-01-01,1,1,4\n");
    let ended = folder.run(run);
    assert_eq!(ended.code, 2);
    assert!(ended.out.contains("0.3333 of all rows come a day after"), "{}", ended.out);
    assert_eq!(folder.run("validate --input @none.csv").code, 1);
}

#[test]
fn candidates_of_files() {
    let scores = "asin,site,dt,category,explosive_score,rank_in_cat\nA,US,2024-01-01,c,2.5,1\nB,US,2024-01-01,c,1.5,2\nC,DE,2024-01-01,c,0.5,1\nD,US,2024-01-01,c,0,\n";
    let run = "candidates --input @scores.csv --dim @dim.parquet --output @out.csv --top 2";
    for (folder, rows) in [(Folder::new(), 3), (Folder::original(), 1)] {
        folder.file("scores.csv", scores);
        folder.table("dim.parquet", "select 'A' as asin, 'US' as site, 'Tyre' as title, 'X' as brand, ['a', 'b'] as category_path");
        let out = folder.done(run);
        assert!(out.contains("Tyre") && out.contains("2.500"), "{out}");
        assert_eq!(folder.rows("out.csv", "select * from {}").len(), rows);
    }
    let folder = Folder::new();
    folder.file("scores.csv", &scores.replace("1.5,2", "1.5,second"));
    let error = folder.refused("candidates --input @scores.csv --output @out.csv");
    assert!(error.contains("rank_in_cat of row B, US, 2024-01-01 is 'second'"), "{error}");
    folder.file("scores.csv", scores);
    folder.done("candidates --input @scores.csv --output @out.csv --top 1");
    let rows = folder.rows("out.csv", "select asin, site, rank_in_cat, title, category from {}");
    assert_eq!(rows, [["C", "DE", "1", "null", "c"], ["A", "US", "1", "null", "c"]]);
}

/// What a check of these files says, the lines that begin with a bracket.
fn alerts(folder: &Folder, arguments: &str) -> Vec<String> {
    let out = folder.done(&format!("alerts {arguments} --dry-run"));
    out.lines().map(str::trim).filter(|line| line.starts_with('[')).map(str::to_owned).collect()
}

#[test]
fn data_that_is_missing_and_means_that_move() {
    let folder = Folder::new();
    let cells = |nulls: u32| {
        format!("select case when i >= {nulls} then 1.0 end as a from range(100) t(i)")
    };
    folder.table("base.parquet", "select 1.0 as a");
    for (nulls, expected) in
        [(3, &[][..]), (4, &["[high] data_quality: 0.0400 (limit 0.030000000000000027)"])]
    {
        folder.table("now.parquet", &cells(nulls));
        assert_eq!(alerts(&folder, "--current @now.parquet --baseline @base.parquet"), expected);
    }
    folder.table("now.parquet", "select 1.2 as a, 1.21 as b, 0.3 as c, -1.0 as d, 'x' as e");
    folder.table("base.parquet", "select 1.0 as a, 1.0 as b, 0.0 as c, 1.0 as d, 'y' as e");
    let moved = alerts(&folder, "--current @now.parquet --baseline @base.parquet");
    // A fifth more, as of a, is a little less than a fifth of doubles.
    let expected = ["b: 0.2100", "c: 0.3000", "d: 2.0000"];
    let expected = expected.map(|what| format!("[medium] drift: {what} (limit 0.2)"));
    assert_eq!(moved, expected);
    // The same of texts.
    folder.file("now.csv", "a,b,c,d,e\n1.2,1.21,0.3,-1.0,x\n");
    folder.file("base.csv", "a,b,c,d,e\n1,1,0,1,y\n");
    assert_eq!(alerts(&folder, "--current @now.csv --baseline @base.csv"), expected);
}

#[test]
fn predictions_that_miss_and_runs_that_are_late() {
    let folder = Folder::new();
    folder.table("same.parquet", "select 1.0 as a");
    let judge = |predicted: [u32; 2], actual: [u32; 2]| {
        let rows = |name: &str, values: [u32; 2]| {
            format!(
                "asin,site,snapshot_date,{name}\nA,US,2024-01-01,{}\nB,US,2024-01-01,{}\n",
                values[0], values[1]
            )
        };
        folder.file("p.csv", &rows("predicted", predicted));
        folder.file("a.csv", &rows("actual", actual));
        alerts(
            &folder,
            "--current @same.parquet --baseline @same.parquet --predictions @p.csv --actuals @a.csv",
        )
    };
    assert_eq!(judge([100, 100], [50, 100]), ["[high] performance: 0.5000 (limit 0.75)"]);
    assert_eq!(judge([150, 100], [100, 100]), [""; 0], "just accurate enough");
    assert_eq!(judge([152, 100], [100, 100]), ["[high] performance: 0.7400 (limit 0.75)"]);
    assert_eq!(judge([150, 100], [0, 100]), [""; 0]);
    assert_eq!(judge([150, 100], [0, 0]), [""; 0]);
    folder.file("e.csv", "pipeline,scheduled_at,completed_at\np,2024-01-01 01:00,2024-01-01 02:30\nq,2024-01-01 01:00,2024-01-01 02:31\n");
    let late = alerts(&folder, "--current @same.parquet --baseline @same.parquet --events @e.csv");
    assert_eq!(late, ["[high] sla: q: 91.0000 (limit 90)"]);
    let refused = |more: &str| {
        folder.refused(&format!(
            "alerts --current @same.parquet --baseline @same.parquet {more} --dry-run"
        ))
    };
    folder.file("e.csv", "pipeline,scheduled_at,completed_at\np,2024-01-01 01:00,later\n");
    let error = refused("--events @e.csv");
    assert!(error.contains("completed_at of a row is 'later'"), "{error}");
    folder.file("p.csv", "asin,site,snapshot_date,predicted\nA,US,2024-01-01,much\n");
    let error = refused("--predictions @p.csv --actuals @a.csv");
    assert!(error.contains("predicted of row A, US is 'much'"), "{error}");
}

/// D-REP-1: a robot that failed made everybody hear it again.
#[test]
fn each_channel_hears_an_alert_once() {
    let (wecom, dingtalk) = (
        Scripted::start(&[(200, r#"{"errcode": 0}"#)]),
        Scripted::start(&[(500, ""), (500, ""), (500, ""), (200, "{}")]),
    );
    let folder = Folder::new();
    folder.settings(&format!(
        "alerts: {{wecom_url: '{}/send?key=k', dingtalk_url: '{}'}}",
        wecom.url, dingtalk.url
    ));
    folder.table("now.parquet", "select 2.0 as a");
    folder.table("base.parquet", "select 1.0 as a");
    let run = "alerts --current @now.parquet --baseline @base.parquet --date 2024-01-01";
    folder.done(&format!("{run} --dry-run"));
    assert_eq!(wecom.requests().len() + dingtalk.requests().len(), 0);
    let error = folder.refused(run);
    assert!(error.contains("dingtalk was not told") && error.contains("3 attempts"), "{error}");
    assert_eq!((wecom.requests().len(), dingtalk.requests().len()), (1, 3));
    assert!(wecom.requests()[0][2].contains(r#""msgtype":"text""#), "{:?}", wecom.requests());
    folder.done(run);
    assert_eq!((wecom.requests().len(), dingtalk.requests().len()), (1, 4));
    folder.done(run);
    assert_eq!((wecom.requests().len(), dingtalk.requests().len()), (1, 4));
}

#[test]
fn the_week_has_its_candidates_and_what_moved() {
    let folder = Folder::new();
    folder.done("run --date 2024-03-10 --limit 6 --now 2024-03-10T03:00:00Z");
    let out = folder.done("report --weekly --date 2024-03-10");
    let page = std::fs::read_to_string(out.lines().next().expect("a file")).expect("there");
    assert!(page.contains("## Top 100") && page.contains("## Category Deltas"), "{page}");
    let top = folder.rows(
        "asin/reports/weekly_report_2024-03-10_top.csv",
        "select count(*) > 5, count(distinct dt) from {}",
    );
    assert_eq!(top, [["true", "1"]]);
    let deltas = folder.rows("asin/reports/weekly_report_2024-03-10_categories.csv", "select count(*) > 0, bool_and(abs(last::double - previous::double - delta::double) < 1e-6) from {}");
    assert_eq!(deltas, [["true", "true"]]);
}
