//! Metrics of predictions, figure by figure, and those of scikit-learn for the same predictions
//! (`goldens/make_metrics.py`).

use crate::fixture::Folder;
use serde_json::Value;

/// Metrics of rows `group, label, score[, baseline]`.
fn metrics(folder: &Folder, rows: &str, arguments: &str) -> Value {
    folder.table(
        "predictions.parquet",
        &format!(
            "select group_id, label::double as label, lgbm_score::double as lgbm_score, base::double as base \
             from (values {rows}) t(group_id, label, lgbm_score, base)"
        ),
    );
    let out = folder.done(&format!("evaluate --predictions @predictions.parquet {arguments}"));
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{out}: {error}"))
}

/// One group whose labels are in the order of their scores.
fn ranked(labels: &[&str]) -> String {
    let row = |(at, label): (usize, &&str)| format!("('a', {label}, {}, 0)", 100 - at);
    labels.iter().enumerate().map(row).collect::<Vec<_>>().join(", ")
}

fn near(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap_or(f64::NAN);
    assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
}

#[test]
fn linear_gain_over_what_is_retrieved() {
    let folder = Folder::original();
    for (labels, k, ndcg, recall) in [
        (&["3", "2", "3", "0", "1", "2"][..], 6, 0.9608081943, 1.0),
        (&["3", "2", "3", "0", "1", "2"], 3, 0.9777813616, 8.0 / 11.0),
        (&["0", "1", "1"], 2, 0.6309297536, 0.5),
        (&["0", "0", "1"], 2, 0.0, 0.0),
        (&["0.5", "1"], 2, 0.8597186999, 1.0),
        (&["1", "0"], 10, 1.0, 1.0),
        (&["2", "0", "1", "1"], 2, 1.0, 0.5),
        // Labels of recall are cut to whole numbers.
        (&["0.7", "0.2", "1.9"], 1, 1.0, 0.0),
        (&["0", "0"], 1, 0.0, 0.0),
        (&["1", "1"], 10, 1.0, 1.0),
    ] {
        let found = metrics(&folder, &ranked(labels), &format!("--k {k}"));
        assert_eq!(found.as_array().map(Vec::len), Some(1));
        assert_eq!(found[0].as_object().map(|object| object.len()), Some(3), "{found}");
        near(&found[0]["ndcg"], ndcg);
        near(&found[0]["recall"], recall);
        // What is repaired tells the same under another name.
        let repaired = metrics(&Folder::new(), &ranked(labels), &format!("--k {k}"));
        near(&repaired[0]["ndcg_compat"], ndcg);
        near(&repaired[0]["recall_compat"], recall);
    }
}

#[test]
fn metrics_are_written_as_an_array() {
    let folder = Folder::original();
    let rows = "('a', 1, .9, 0), ('a', 0, .1, 0), ('a', 1, .8, 0), ('b', 0, .2, 0), ('b', 1, .7, 0), ('b', 0, .05, 0)";
    metrics(&folder, rows, "--k 1 2 --output @metrics.json");
    let text = std::fs::read_to_string(folder.path("metrics.json")).expect("written");
    assert_eq!(text, r#"[{"k":1,"ndcg":1.0,"recall":0.75},{"k":2,"ndcg":1.0,"recall":1.0}]"#);
}

#[test]
fn rows_without_group_are_left_out_and_missing_scores_rank_last() {
    let folder = Folder::original();
    let found = metrics(&folder, "('a', 1, 1, 0), (null, 1, 1, 0)", "--k 1");
    near(&found[0]["ndcg"], 1.0);
    near(&found[0]["recall"], 1.0);
    let found = metrics(&folder, "('a', 1, null, 0), ('a', 0, .5, 0), ('a', 0, .4, 0)", "--k 1");
    near(&found[0]["ndcg"], 0.0);
    near(&found[0]["recall"], 0.0);
}

#[test]
fn exponential_gain_over_the_whole_group() {
    let folder = Folder::new();
    for (labels, k, ndcg) in [
        (&["3", "2", "3", "0", "1", "2"][..], 6, 0.9488107486),
        (&["3", "2", "3", "0", "1", "2"], 3, 0.9594535146),
        (&["0", "1", "1"], 2, 0.3868528072),
        (&["0", "0", "1"], 2, 0.0),
        (&["0.5", "1"], 2, 0.828597838),
        (&["0", "0"], 2, 0.0),
        (&["1", "0"], 0, 0.0),
    ] {
        near(&metrics(&folder, &ranked(labels), &format!("--k {k}"))[0]["ndcg"], ndcg);
    }
    for (labels, k, recall) in [
        (&["2", "0", "1", "1"][..], 2, 0.3333333333),
        (&["0.7", "0.2", "1.9"], 1, 0.3333333333),
        (&["-1", "1"], 1, 0.0),
        (&["0", "0"], 1, 0.0),
        (&["1", "1"], 10, 1.0),
    ] {
        near(&metrics(&folder, &ranked(labels), &format!("--k {k}"))[0]["recall"], recall);
    }
    for (labels, map) in [
        (&["1", "0", "1", "0", "1"][..], 0.7555555556),
        (&["0", "0", "1"], 0.3333333333),
        (&["0", "0"], 0.0),
    ] {
        near(&metrics(&folder, &ranked(labels), "--k 1")[0]["map"], map);
    }
}

#[test]
fn groups_count_the_same() {
    let folder = Folder::new();
    let rows = "('a', 3, .9, 0), ('a', 2, .8, 0), ('a', 0, .7, 0), ('a', 1, .6, 0), \
        ('b', 0, .5, 0), ('b', 2, .4, 0), ('b', 1, .3, 0)";
    let found = metrics(&folder, rows, "--k 1 3 5");
    for (at, ndcg, recall) in
        [(0, 0.5, 0.1666666667), (1, 0.8028847405, 0.8333333333), (2, 0.8258106545, 1.0)]
    {
        near(&found[at]["ndcg"], ndcg);
        near(&found[at]["recall"], recall);
        near(&found[at]["map"], 0.75);
        assert_eq!(found[at]["groups"], 2);
    }
    let found = metrics(&folder, "('a', 1, 1, 0), ('b', 0, 1, 0)", "--k 1");
    near(&found[0]["ndcg"], 0.5);
    near(&found[0]["recall"], 0.5);
    near(&found[0]["map"], 0.5);
}

#[test]
fn rankings_are_compared_with_a_baseline() {
    let folder = Folder::new();
    let rows = "('a', 1, .9, .25), ('a', 0, .1, .3), ('a', 1, .8, .1), \
        ('b', 0, .2, .1), ('b', 1, .7, .2), ('b', 0, .05, .05)";
    let found = metrics(&folder, rows, "--k 1 2 --baseline-col base");
    for (at, recall, baseline, lift) in [(0, 0.75, 0.5, 0.25), (1, 1.0, 0.75, 0.25)] {
        near(&found[at]["ndcg"], 1.0);
        near(&found[at]["recall"], recall);
        near(&found[at]["baseline_recall"], baseline);
        near(&found[at]["lift"], lift);
        near(&found[at]["map"], 1.0);
        near(&found[at]["baseline_map"], 0.7916666667);
    }
    let found = metrics(
        &folder,
        "('a', 1, .9, .4), ('a', 0, .8, .3), ('b', 0, .7, .2), ('b', 1, .1, .1)",
        "--k 1 --baseline-col base",
    );
    near(&found[0]["recall"], 0.5);
    near(&found[0]["lift"], 0.0);
}

#[test]
fn no_rows_have_no_metrics() {
    let folder = Folder::new();
    folder.file("p.csv", "group_id,label,lgbm_score\n");
    let found = folder.done("evaluate --predictions @p.csv --k 1");
    assert_eq!(
        found.trim(),
        r#"[{"k":1,"ndcg":null,"recall":null,"ndcg_compat":null,"recall_compat":null,"map":null,"groups":0}]"#
    );
}

/// Of equal scores the worse label goes first: rows may stand in any order.
#[test]
fn equal_scores_earn_nothing() {
    let folder = Folder::new();
    for rows in ["('a', 1, 5, 0), ('a', 0, 5, 0)", "('a', 0, 5, 0), ('a', 1, 5, 0)"] {
        near(&metrics(&folder, rows, "--k 1")[0]["ndcg"], 0.0);
    }
    near(&metrics(&folder, "('a', 1, 5, 0), ('a', 0, 5, 0)", "--k 1 --ties order")[0]["ndcg"], 1.0);
    near(&metrics(&folder, "('a', 0, 5, 0), ('a', 1, 5, 0)", "--k 1 --ties order")[0]["ndcg"], 0.0);
}

fn pairs(pairs: &[(f64, f64)]) -> String {
    let row = |(label, score): &(f64, f64)| format!("('a', {label:?}, {score:?}, 0)");
    pairs.iter().map(row).collect::<Vec<_>>().join(", ")
}

#[test]
fn probabilities_are_classified() {
    let folder = Folder::new();
    let binary = |rows: &[(f64, f64)]| metrics(&folder, &pairs(rows), "--kind binary");
    let found = binary(&[(1.0, 0.9), (0.0, 0.6), (1.0, 0.4), (1.0, 0.7), (0.0, 0.1)]);
    for (name, expected) in [
        ("accuracy", 0.6),
        ("precision", 0.6666666667),
        ("recall", 0.6666666667),
        ("f1", 0.6666666667),
        ("balanced_accuracy", 0.5833333333),
        ("roc_auc", 0.8333333333),
        ("log_loss", 0.4799954878),
    ] {
        near(&found[name], expected);
    }
    near(&binary(&[(0.0, 0.1), (0.0, 0.4), (1.0, 0.35), (1.0, 0.8)])["roc_auc"], 0.75);
    near(&binary(&[(1.0, 0.9), (0.0, 0.2)])["log_loss"], 0.1642520335);
    near(&binary(&[(1.0, 0.5), (0.0, 0.4999)])["accuracy"], 1.0);
    // Clipped, so that it has a logarithm.
    let one = binary(&[(1.0, 0.0)]);
    near(&one["log_loss"], 34.53877639491069);
    assert!(
        one["roc_auc"].is_null()
            && one["precision"].is_null()
            && one["balanced_accuracy"].is_null()
    );
    // Of equal scores half of the pairs are in order.
    near(&binary(&[(1.0, 0.5), (0.0, 0.5), (1.0, 0.5), (0.0, 0.2)])["roc_auc"], 0.75);
}

#[test]
fn classifiers_that_hit_nothing_have_no_f1_or_0() {
    let rows = pairs(&[(1.0, 0.1), (0.0, 0.9)]);
    let found = metrics(&Folder::original(), &rows, "--kind binary");
    for (name, expected) in [
        ("accuracy", 0.0),
        ("precision", 0.0),
        ("recall", 0.0),
        ("roc_auc", 0.0),
        ("log_loss", std::f64::consts::LN_10),
    ] {
        near(&found[name], expected);
    }
    assert!(found["f1"].is_null());
    near(&metrics(&Folder::new(), &rows, "--kind binary")["f1"], 0.0);
}

#[test]
fn numbers_are_compared() {
    let folder = Folder::new();
    let found =
        metrics(&folder, &pairs(&[(1.0, 1.1), (2.0, 1.9), (3.0, 3.4)]), "--kind regression");
    for (name, expected) in [("rmse", 0.2449489743), ("mae", 0.2), ("mse", 0.06), ("r2", 0.91)] {
        near(&found[name], expected);
    }
    let found = metrics(&folder, &pairs(&[(2.0, 1.0), (2.0, 3.0)]), "--kind regression");
    near(&found["rmse"], 1.0);
    assert!(found["r2"].is_null());
}

#[test]
fn what_cannot_be_judged_is_named() {
    let folder = Folder::new();
    folder.file("p.csv", "asin,group_id,label,lgbm_score\nA,g,1,0.5\nB,g,,0.4\n");
    let error = folder.refused("evaluate --predictions @p.csv");
    assert!(error.contains("1 rows") && error.contains("B, with the label missing"), "{error}");
    folder.file("p.csv", "asin,group_id,label,lgbm_score\nA,g,high,0.5\n");
    let error = folder.refused("evaluate --predictions @p.csv");
    assert!(error.contains("label of row A is 'high'"), "{error}");
    folder.file("p.csv", "asin,label,lgbm_score\nA,1,0.5\n");
    assert!(folder.refused("evaluate --predictions @p.csv").contains("no column group_id"));
    folder.file("p.csv", "label,lgbm_score\n2,0.5\n");
    assert!(
        folder.refused("evaluate --kind binary --predictions @p.csv").contains("cannot be judged")
    );
}

/// A dozen groups of 2 to 39 rows, probabilities of which some are equal, numbers.
#[test]
fn scikit_learn_agrees() {
    let folder = Folder::new();
    folder.file("p.csv", include_str!("goldens/metrics.csv"));
    let expected: Value = serde_json::from_str(include_str!("goldens/metrics.json")).expect("JSON");
    let evaluate = |arguments: &str| -> Value {
        let out = folder.done(&format!("evaluate --predictions @p.csv {arguments}"));
        serde_json::from_str(&out).expect("JSON")
    };
    let agree = |found: &Value, expected: &Value, names: &[&str]| {
        for name in names {
            near(&found[name], expected[name].as_f64().expect("a figure"));
        }
    };
    let found = evaluate("--kind ranking --k 1 3 5 10 50");
    let ranking = expected["ranking"]["k"].as_array().expect("figures");
    assert_eq!(found.as_array().map(Vec::len), Some(ranking.len()));
    for (at, expected_at_k) in ranking.iter().enumerate() {
        assert_eq!(found[at]["k"], expected_at_k["k"]);
        agree(&found[at], expected_at_k, &["ndcg", "ndcg_compat", "recall"]);
        near(&found[at]["map"], expected["ranking"]["map"].as_f64().expect("a figure"));
        let precision = format!(
            "select avg(p) from (select precision_at(label::double, lgbm_score::double, {}) as p from read_csv({{}}) group by group_id)",
            expected_at_k["k"]
        );
        let precision: f64 = folder.row("p.csv", &precision)[0].parse().expect("a number");
        near(&precision.into(), expected_at_k["precision"].as_f64().expect("a figure"));
    }
    let names =
        ["accuracy", "precision", "recall", "f1", "balanced_accuracy", "roc_auc", "log_loss"];
    let found = evaluate("--kind binary --label-col positive --score-col probability");
    agree(&found, &expected["binary"], &names);
    let found = evaluate("--kind regression --label-col number --score-col predicted");
    agree(&found, &expected["regression"], &["mse", "rmse", "mae", "r2"]);
}
