//! Which part a sample is in: those follow each other in time.

use super::{LABELS, series, without_features};
use crate::fixture::Folder;

/// How many of n days each part has.
#[test]
fn parts_follow_each_other_in_time() {
    let folder = Folder::original();
    let counts = |days: u32, shares: &str| -> String {
        folder.settings(&format!(
            "training:\n  labels: {{lookback_days: 1, horizon_days: 1}}\n  splits: {shares}\n"
        ));
        let mart = format!(
            "select 'A' as asin, 'US' as site, date '2021-01-01' + i::int as dt, 'c' as category, 1 as sales \
             from range({days} + 1) t(i)"
        );
        folder.table("mart.parquet", &mart);
        without_features(&folder);
        folder.done(LABELS);
        let count = |part: &str| format!("count(*) filter (split = '{part}')");
        let query =
            format!("select {}, {}, {} from {{}}", count("train"), count("valid"), count("test"));
        let parts = folder.row("out/train_samples_bin.parquet", &query).join("/");
        let order = "select count(*) from (select split, min(t_ref) as a from {} group by split) p, \
            (select split, max(t_ref) as z from {} group by split) q \
            where (p.split, q.split) in (('valid', 'train'), ('test', 'valid'), ('test', 'train')) and a <= z";
        assert_eq!(folder.row("out/train_samples_bin.parquet", order), ["0"]);
        parts
    };
    let usual = "{train: 0.7, valid: 0.15, test: 0.15}";
    for (days, parts) in [
        (1, "1/0/0"),
        (2, "1/0/1"),
        (3, "2/0/1"),
        (4, "2/1/1"),
        (5, "3/1/1"),
        (6, "4/1/1"),
        (7, "4/1/2"),
        (10, "7/1/2"),
        (13, "9/2/2"),
        (20, "14/3/3"),
        (63, "44/9/10"),
        (70, "49/10/11"),
        (99, "69/15/15"),
        (100, "70/15/15"),
    ] {
        assert_eq!(counts(days, usual), parts, "{days} days");
    }
    // What is left over goes to train and valid.
    let dealt = "{train: 0.7, valid: 0.15, test: 0.15, deal_remainder: true}";
    for (days, parts) in [
        (1, "1/0/0"),
        (2, "2/0/0"),
        (3, "3/0/0"),
        (4, "3/1/0"),
        (5, "4/1/0"),
        (6, "5/1/0"),
        (7, "5/1/1"),
        (10, "8/1/1"),
        (13, "10/2/1"),
        (20, "14/3/3"),
        (63, "45/9/9"),
        (100, "70/15/15"),
    ] {
        assert_eq!(counts(days, dealt), parts, "{days} days");
    }
    for deal in ["true", "false"] {
        let shares = |shares: &str| format!("{{{shares}, deal_remainder: {deal}}}");
        assert_eq!(counts(5, &shares("train: 0, valid: 0, test: 1")), "1/0/4");
        assert_eq!(counts(8, &shares("train: 0.5, valid: 0.25, test: 0.25")), "4/2/2");
    }
    assert_eq!(counts(20, "{train: 0.6, valid: 0.2, test: 0.2}"), "12/4/4");
    assert_eq!(counts(5, "{train: 1, valid: 0, test: 0}"), "5/0/0");
    folder.settings("training:\n  splits: {train: 0.6, valid: 0.2, test: 0.1}\n");
    assert!(folder.refused(LABELS).contains("three shares"), "shares that are too little");
}

/// Labels of the days before the next part know what happens in it.
#[test]
fn samples_that_reach_into_the_next_part_are_purged() {
    let labels = |folder: &Folder| {
        folder.settings(
            "training:\n  labels: {lookback_days: 1, horizon_days: 3, min_coverage: 1}\n",
        );
        let list: Vec<String> = (0..43).map(|i| i.to_string()).collect();
        series(folder, &[("sales", &format!("[{}]", list.join(",")))]);
        folder.done(LABELS)
    };
    let folder = Folder::new();
    let said = labels(&folder);
    let purged = "select split, count(*)::varchar, (count(*) filter (purged))::varchar, \
        (min(t_ref) filter (purged))::varchar from {} group by split order by min(t_ref)";
    assert_eq!(
        folder.rows("out/train_samples_rank.parquet", purged),
        [
            ["train", "28", "3", "2021-01-26"],
            ["valid", "6", "3", "2021-02-01"],
            ["test", "6", "0", "null"]
        ]
    );
    assert!(said.contains("6 samples of 1 products in 6 groups, 0 positive, 3 purged"), "{said}");
    let folder = Folder::original();
    labels(&folder);
    let columns = "select string_agg(name, ',') from parquet_schema({})";
    assert!(!folder.row("out/train_samples_bin.parquet", columns)[0].contains("purged"));
}
