//! The whole of a day, its second run, its end in between, PostgreSQL.

use crate::fixture::Folder;
use crate::postgres::Postgres;
use std::fs;

const RUN: &str = "run --date 2024-03-10 --limit 12 --now 2024-03-10T03:00:00Z";

/// What a day left, but for when it was ingested.
fn tables(folder: &Folder) -> Vec<Vec<Vec<String>>> {
    let queries = [
        "select * exclude (_ingested_at) from asin.mart_timeseries_daily order by asin, site, dt",
        "select * from asin.features_daily order by asin, site, dt",
        "select * from asin.score_baseline_daily order by asin, site, dt",
    ];
    queries.map(|query| folder.tables(query)).to_vec()
}

#[test]
fn a_day_from_the_api_to_the_candidates() {
    let folder = Folder::new();
    let out = folder.done(RUN);
    assert!(
        out.contains("Run 20240310_030000 succeeded") && out.contains("The best candidates"),
        "{out}"
    );
    let status = fs::read_to_string(folder.path("asin/output/job_status.json")).expect("there");
    assert!(status.contains(r#""state": "success""#), "{status}");
    let report = fs::read_to_string(folder.path("asin/output/quality_report_2024-03-10.json"))
        .expect("there");
    assert!(report.contains(r#""status": "passed""#), "{report}");
    let rows = folder.rows(
        "asin/exports/top_candidates_20240310.csv",
        "select count(*) > 10, min(dt), count(title) = count(*), count(price) > 10, min(rank_in_cat) from {}",
    );
    assert_eq!(rows, [["true", "2024-03-10", "true", "true", "1"]]);
    // Windows are full from the first day.
    let full = folder.tables("select count(*) > 20, count(bsr_trend_30) > 20, count(distinct dt) from asin.features_daily");
    assert_eq!(full, [["true", "true", "1"]]);
    let before = tables(&folder);
    folder.done(&RUN.replace("03:00", "04:00"));
    assert_eq!(tables(&folder), before);
}

#[test]
fn a_run_that_failed_is_continued() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let mut folder =
        Folder::new().with("UNIFIED_API_BASE_URL", &url).with("UNIFIED_API_TOKEN", "t");
    folder.settings("retry_policy: {max_attempts: 1}");
    folder.file("asins.txt", "B000000001\nB000000002\n");
    let error =
        folder.refused("run --date 2024-03-10 --asin-file @asins.txt --now 2024-03-10T03:00:00Z");
    assert!(error.contains("Ingest") && error.contains("could not be had"), "{error}");
    let status = || fs::read_to_string(folder.path("asin/output/job_status.json")).expect("there");
    assert!(status().contains(r#""state": "failed""#) && status().contains("Failed at Ingest"));
    assert!(folder.refused("run --resume 20200101_000000").contains("20240310_030000"));
    folder.set("UNIFIED_API_BASE_URL", "");
    folder.done("run --resume 20240310_030000");
    assert_eq!(
        folder.tables("select distinct asin from asin.score_baseline_daily order by 1").len(),
        2
    );
    assert!(folder.path("asin/exports/top_candidates_20240310.csv").exists());
    // It is over.
    assert!(folder.refused("run --resume 20240310_030000").contains("There is no run"));
}

#[test]
fn postgresql_has_what_the_warehouse_has() {
    let server = Postgres::start();
    let folder = Folder::new().with("DATABASE_URL", &server.url);
    folder.done(RUN);
    let counts = || {
        let tables = [
            "dim_asin",
            "mart_timeseries_daily",
            "features_daily",
            "score_baseline_daily",
            "fact_timeseries_raw",
            "fact_reviews",
            "fact_keywords",
        ];
        tables.map(|table| {
            let ours =
                folder.tables(&format!("select count(*) from asin.{table}")).concat().concat();
            let theirs = server.lines(&format!("select count(*) from asin.{table}")).concat();
            assert_eq!(ours, theirs, "{table}");
            theirs
        })
    };
    let before = counts();
    assert!(before.iter().all(|count| count != "0"), "{before:?}");
    let value = "select round(explosive_score::numeric, 6) || ' ' || rank_in_cat || ' ' || jsonb_typeof(reason) || ' ' || array_length(category_path, 1) \
                 from asin.vw_top_candidates_daily join asin.score_baseline_daily using (asin, site, dt, explosive_score, rank_in_cat) order by 1 limit 1";
    assert!(server.lines(value).concat().ends_with("object 3"), "{:?}", server.lines(value));
    let newest = "select count(*) || ' ' || max(dt) from asin.vw_features_latest";
    assert!(server.lines(newest).concat().ends_with("2024-03-10"));
    // Again: rows are replaced, migrations stay.
    folder.done(&RUN.replace("03:00", "04:00"));
    assert_eq!(counts(), before);
    folder.done("publish --date 2024-03-10");
    assert_eq!(server.lines("select count(*) from asin.refinery_schema_history"), ["4"]);
    // Sellers' orders come from another service.
    folder.done("ingest --source spapi --built-in --limit 12 --now 2024-03-10T05:00:00Z");
    for _ in 0..2 {
        folder.done("publish --date 2024-03-10");
        let query =
            "select count(*), sum(ordered_units)::integer, min(dt), max(dt) from asin.fact_orders";
        let ours = folder.tables(query).concat().join("|");
        assert!(!ours.starts_with("0|"), "{ours}");
        assert_eq!(server.lines(query), [ours]);
    }
    let broken = Folder::new().with("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none");
    assert!(broken.refused("publish --date 2024-03-10").contains("127.0.0.1"));
}
