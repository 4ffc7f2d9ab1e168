//! From the API to the tables: what is kept, what is a dead letter, what a second run does.

use crate::fixture::Folder;
use aim::signals::standin::{Faults, Options, Running};
use std::fs;
use tokio::runtime::Runtime;

/// A stand-in of the API on a runtime of its own.
pub(crate) struct Api {
    pub(crate) running: Running,
    _runtime: Runtime,
}

impl Api {
    pub(crate) fn start(faults: Faults) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let token = Some("secret-token".to_owned());
        let options = Options { port: 0, token, faults };
        let running = runtime.block_on(Running::start(options)).expect("started");
        Self { running, _runtime: runtime }
    }

    /// A folder whose job asks this API for three products in two markets, without waiting.
    fn folder(&self, settings: &str) -> Folder {
        let folder = Folder::new()
            .with("UNIFIED_API_BASE_URL", &self.running.url())
            .with("UNIFIED_API_TOKEN", "secret-token");
        folder.file("asins.txt", "B000000001\nB000000002\nB000000003\n");
        folder.settings(&format!(
            "sites: [US, DE]\nretry_policy: {{base_delay_ms: 1, jitter_ms: 0, max_delay_ms: 5}}\n{settings}"
        ));
        folder
    }
}

const RUN: &str = "ingest --date 2024-03-10 --asin-file @asins.txt --now 2024-03-10T01:00:00Z";

/// All that was loaded but for when.
fn loaded(folder: &Folder) -> Vec<Vec<String>> {
    let mut rows = folder.tables("select count(*), count(distinct (asin, site)), min(dt), max(dt), sum(hash(price, bsr, rating)::hugeint) from asin.fact_timeseries_raw");
    rows.extend(folder.tables(
        "select count(*), count(distinct category) > 0, min(title_length) > 0 from asin.dim_asin",
    ));
    rows.extend(folder.tables("select count(*), count(distinct review_id) from asin.fact_reviews"));
    rows.extend(
        folder.tables("select count(*), min(est_search_volume) > 0 from asin.fact_keywords"),
    );
    rows
}

#[test]
fn answers_are_kept_as_they_came_and_loaded() {
    let api = Api::start(Faults::default());
    let folder = api.folder("");
    let out = folder.done(RUN);
    assert!(out.starts_with("24 answers about 6 products"), "{out}");
    assert_eq!(api.running.requests(), 24);
    let rows = loaded(&folder);
    // 60 days of each series, but for the odd gap.
    assert_eq!((&*rows[0][1], &*rows[0][2], &*rows[0][3]), ("6", "2024-01-11", "2024-03-10"));
    assert!((340..=360).contains(&rows[0][0].parse::<u32>().expect("a count")), "{rows:?}");
    assert_eq!(rows[1], ["6", "true", "true"]);
    let raw = folder.path("asin/raw_data/US/timeseries");
    let files: Vec<_> =
        fs::read_dir(raw).expect("there").map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 3);
    let text = fs::read_to_string(&files[0]).expect("read");
    assert!(text.starts_with(r#"{"items": [{"dt": "2024-"#), "{text}");
    assert_eq!(
        fs::read_to_string(folder.path("asin/output/dead_letters_2024-03-10.jsonl"))
            .expect("there"),
        ""
    );
    // A product that is known is asked for the last days only; and nothing changes.
    folder.done(&RUN.replace("01:00", "02:00"));
    assert_eq!(loaded(&folder), rows);
    let again = folder.path("asin/raw_data/answers/20240310_020000.jsonl");
    assert!(fs::read_to_string(again).expect("there").contains(r#""since":"2024-03-08""#));
}

#[test]
fn one_product_does_not_stop_the_others() {
    let unknown = vec!["B000000002".to_owned()];
    let api = Api::start(Faults {
        unknown,
        fail_429: 2,
        fail_5xx: 1,
        retry_after: Some(0),
        no_json_every: 9,
        ..Faults::default()
    });
    let folder = api.folder("");
    let error = folder.refused(RUN);
    assert!(
        error.contains("8 of 24 answers could not be had, more than ingest.max_failed_share"),
        "{error}"
    );
    assert!(error.contains("404") && error.contains("--resume 20240310_010000"), "{error}");
    assert!(!error.contains("secret-token"));
    // The others are there all the same.
    assert_eq!(loaded(&folder)[0][1], "4");
    let letters = fs::read_to_string(folder.path("asin/output/dead_letters_2024-03-10.jsonl"))
        .expect("there");
    assert_eq!(letters.lines().count(), 8);
    assert!(
        letters.lines().all(|line| line.contains(r#""asin":"B000000002""#)
            && line.contains(r#""class":"bad request""#))
    );
    let folder = api.folder("ingest: {max_failed_share: 0.5}");
    assert!(folder.done(RUN).contains("8 answers could not be had"));
}

#[test]
fn a_run_that_ended_early_asks_for_the_rest() {
    let broken = Api::start(Faults { fail_5xx_every: 4, ..Faults::default() });
    let mut folder = broken.folder("ingest: {max_failed_share: 0}");
    folder.set("AIM_LOG", "warn");
    folder.settings(
        "sites: [US, DE]\nretry_policy: {max_attempts: 1}\ningest: {max_failed_share: 0}",
    );
    assert!(folder.refused(RUN).contains("6 of 24"));
    let api = Api::start(Faults::default());
    folder.set("UNIFIED_API_BASE_URL", &api.running.url());
    folder.done("ingest --date 2024-03-10 --asin-file @asins.txt --resume 20240310_010000");
    assert_eq!(api.running.requests(), 6);
    assert_eq!(loaded(&folder)[0][1], "6");
}

#[test]
fn what_is_missing_is_named() {
    let api = Api::start(Faults::default());
    let folder = Folder::new().with("UNIFIED_API_BASE_URL", &api.running.url());
    assert!(folder.refused("ingest --limit 1").contains("UNIFIED_API_TOKEN is not set"));
    let folder = api.folder("");
    assert!(folder.refused("ingest").contains("There are no products to ask for"));
    folder.file("asins.txt", "B1\n../B2\n");
    assert!(folder.refused(RUN).contains("line 2"));
    folder.file("asins.txt", "B1\n");
    folder.settings("sites: [U/S]");
    assert!(folder.refused(RUN).contains("U/S"));
    let folder =
        Folder::new().with("UNIFIED_API_BASE_URL", "ftp://x").with("UNIFIED_API_TOKEN", "t");
    folder.file("asins.txt", "B1\n");
    assert!(folder.refused(RUN).contains("unified_api_base_url"));
}

/// Without an address the API is built in.
#[test]
fn no_account_is_needed() {
    let folder = Folder::new();
    let out = folder.done("ingest --date 2024-03-10 --limit 2");
    assert!(out.starts_with("24 answers about 6 products"), "{out}");
}
