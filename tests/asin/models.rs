//! Models: the same as LightGBM's own, from labels to predictions, and what is refused.

use crate::fixture::Folder;
use serde_json::Value;
use std::fs;

const SAMPLES: &str = include_str!("goldens/samples.sql");

fn samples() -> Folder {
    let folder = Folder::new().with("AIM_THREADS", "1");
    folder.table("samples.parquet", SAMPLES);
    folder
}

fn json(folder: &Folder, file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.path(file)).expect("written")).expect("JSON")
}

/// The text of the trees, which LightGBM's Python package writes byte by byte the same; what the extension makes
/// of it is what LightGBM predicts, to the last digit.
fn equals_golden(name: &str, model: &str, predictions: &str, arguments: &str) {
    let folder = samples();
    folder.done(&format!("train --data @samples.parquet --output @model.txt {arguments}"));
    let text = fs::read_to_string(folder.path("model.txt")).expect("written");
    let end = text.find("end of trees").expect("trees");
    assert!(
        text[..end] == model[..model.find("end of trees").expect("trees")],
        "{name} is another model"
    );
    folder.done(
        "predict --model @model.txt --features @samples.parquet --split test --output @out.parquet",
    );
    let found = folder.rows("out.parquet", "select lgbm_score from {} order by group_id, asin");
    let found: Vec<f64> =
        found.concat().iter().map(|cell| cell.parse().expect("a number")).collect();
    let expected: Vec<f64> =
        predictions.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(found.len(), 160);
    assert_eq!(found, expected, "{name}");
}

#[test]
fn rankers_are_lightgbms_own() {
    let (model, predictions) =
        (include_str!("goldens/ranker.txt"), include_str!("goldens/ranker.predictions"));
    equals_golden("ranker", model, predictions, "");
}

#[test]
fn classifiers_are_lightgbms_own() {
    let (model, predictions) =
        (include_str!("goldens/classifier.txt"), include_str!("goldens/classifier.predictions"));
    equals_golden(
        "classifier",
        model,
        predictions,
        "--kind classifier --label taken_off --rounds 25",
    );
}

#[test]
fn regressors_are_lightgbms_own() {
    let (model, predictions) =
        (include_str!("goldens/regressor.txt"), include_str!("goldens/regressor.predictions"));
    equals_golden("regressor", model, predictions, "--kind regressor --label sold --rounds 25");
}

#[test]
fn a_model_says_what_it_takes_and_how_it_was_made() {
    let folder = samples();
    let said = folder.done(
        "train --data @samples.parquet --output @artifacts/lgb_rank.txt --rounds 30 --run-name first \
         --param num_leaf=7 --param eta=0.1 --register rank",
    );
    assert!(
        said.contains("880 rows (44 groups) with 3 features, stopped by 160 rows (8 groups)"),
        "{said}"
    );
    assert!(
        said.contains("left out, being no number: name is \"x0\" in row A00, US, 2024-01-01"),
        "{said}"
    );
    assert!(said.contains("Registered as rank 1"), "{said}");
    let signature = json(&folder, "artifacts/lgb_rank.signature.json");
    let names: Vec<&str> = signature["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .filter_map(|input| input["name"].as_str())
        .collect();
    assert_eq!(names, ["f0", "whole", "f1"]);
    assert_eq!((&signature["label"], &signature["kind"]), (&"relevance".into(), &"ranker".into()));
    let importances =
        fs::read_to_string(folder.path("artifacts/lgb_rank.importances.csv")).expect("written");
    assert_eq!(importances.lines().count(), 4);
    assert!(importances.starts_with("feature,gain,split\n"));
    let run = "asin/runs/rank-training/first";
    let parameters = json(&folder, &format!("{run}/params.json"));
    assert_eq!((&parameters["num_leaves"], &parameters["learning_rate"]), (&7.into(), &0.1.into()));
    assert_eq!((&parameters["seed"], &parameters["deterministic"]), (&42.into(), &true.into()));
    let steps = json(&folder, &format!("{run}/metrics.json"));
    assert!(steps[0]["validation_ndcg@10"].as_f64().is_some_and(|value| value > 0.5), "{steps}");
    let metrics = json(&folder, "artifacts/lgb_rank.metrics.json");
    assert_eq!(metrics["validation"]["ndcg@10"], steps[0]["validation_ndcg@10"]);
    let listed: Value =
        serde_json::from_str(&folder.done("registry list --name rank")).expect("JSON");
    assert_eq!(listed[0]["feature_contract"], serde_json::json!(["f0", "whole", "f1"]));
    assert_eq!(listed[0]["run_id"], "rank-training/first");
}

/// The documented chain: each command reads what the one before wrote.
#[test]
fn labels_lead_to_predictions() {
    let folder = Folder::new();
    folder.settings("training:\n  labels: {lookback_days: 7, horizon_days: 7}\n");
    // What sells well goes on selling well.
    let days = "select 'P' || lpad((i % 30)::varchar, 2, '0') as asin, 'US' as site, \
        date '2024-01-01' + (i // 30)::int as dt, 'c' || (i % 2) as category, \
        (i % 30) + (i * 7919 % 5) as sales, 1000 - (i % 30) * 10 + (i * 31 % 7) as bsr, 10 + i % 30 as price, \
        (i % 30) * 2 + (i * 7919 % 11) as pace, (i * 104729 % 997) / 997 as noise from range(4500) t(i)";
    folder.table("mart.parquet", &format!("select * exclude (pace, noise) from ({days})"));
    folder.table(
        "features.parquet",
        &format!("select asin, site, dt, pace, noise, category from ({days})"),
    );
    folder.done("labels --mart @mart.parquet --features @features.parquet --output-dir @samples");
    let said = folder.done(
        "train --data @samples/train_samples_rank.parquet --output @lgb_rank.txt --rounds 60",
    );
    assert!(said.contains("with 2 features"), "{said}");
    folder.done(
        "predict --model @lgb_rank.txt --features @samples/train_samples_rank.parquet --split test --output @test.parquet",
    );
    let out = folder.done("evaluate --predictions @test.parquet --label-col relevance --k 10 20");
    let found: Value = serde_json::from_str(&out).expect("JSON");
    assert!(found[0]["ndcg"].as_f64().is_some_and(|ndcg| ndcg > 0.9), "{found}");
    // And of the features of a day, which have no groups yet.
    folder.done("predict --model @lgb_rank.txt --features @features.parquet --date 2024-05-01 --output @day.csv");
    let groups = "select group_id, count(*), min(rank_in_group), max(rank_in_group) from read_csv({}) group by 1 order by 1";
    assert_eq!(
        folder.rows("day.csv", groups),
        [["US|c0|2024-05-01", "15", "1", "15"], ["US|c1|2024-05-01", "15", "1", "15"]]
    );
    for (kind, file) in [("classifier", "bin"), ("regressor", "reg")] {
        folder.done(&format!(
            "train --kind {kind} --data @samples/train_samples_{file}.parquet --output @{kind}.txt --rounds 10"
        ));
    }
}

/// The same on the job's tables, without a file.
#[test]
fn the_jobs_tables_lead_to_predictions() {
    let folder = Folder::new();
    folder.settings("training:\n  labels: {lookback_days: 7, horizon_days: 7}\n");
    folder.table(
        "features.parquet",
        "select 'P' || lpad((i % 30)::varchar, 2, '0') as asin, 'US' as site, date '2024-01-01' + (i // 30)::int as dt, \
         (i % 30) + (i * 7919 % 5) as est_sales, 1000 - (i % 30) * 10 + (i * 31 % 7) as bsr, 10 + i % 30 as price, \
         4 as rating, i as reviews_count, 'c' as category from range(4500) t(i)",
    );
    // The tables are made by whoever opens them first.
    folder.refused("labels");
    folder.change(&format!(
        "insert into asin.mart_timeseries_daily by name from '{}'",
        folder.path("features.parquet").display()
    ));
    folder.change(&format!(
        "insert into asin.features_daily by name select asin, site, dt, est_sales as est_sales_30, bsr as bsr_trend_30, \
         category from '{}'",
        folder.path("features.parquet").display()
    ));
    folder.done("labels");
    folder.done("labels");
    assert_eq!(
        folder
            .tables("select count(distinct (asin, t_ref)) = count(*) from asin.train_samples_rank"),
        [["true"]]
    );
    folder.done("train --rounds 20");
    folder.done("predict --date 2024-05-01");
    folder.done("predict --date 2024-05-01");
    let found = folder.tables(
        "select count(*), min(rank_in_group), max(rank_in_group), min(group_id), min(model_version) from asin.pred_rank_daily",
    );
    assert_eq!(found, [["30", "1", "30", "US|c|2024-05-01", "rank-lgbm"]]);
}

const MODEL: &str = include_str!("../model/regression.txt");

/// Rows with a score of their own choice: the model is one split after the other of `f`.
fn ranks(folder: &Folder, rows: &str) -> Vec<String> {
    folder.file(
        "model.txt",
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n\
         objective=regression\nfeature_names=f\nfeature_infos=[0:9]\ntree_sizes=1\n\nTree=0\nnum_leaves=3\nnum_cat=0\n\
         split_feature=0 0\nthreshold=1.5 2.5\ndecision_type=2 2\nleft_child=-1 -2\nright_child=1 -3\n\
         leaf_value=0.1 0.5 0.9\nleaf_count=1 1 1\ninternal_count=3 2\nshrinkage=1\n\nend of trees\n",
    );
    folder.table("rows.parquet", &format!("select * from (values {rows}) t(asin, group_id, f)"));
    folder.done("predict --model @model.txt --features @rows.parquet --output @out.parquet");
    let query = "select coalesce(rank_in_group::int::varchar, 'null') from {} order by asin";
    folder.rows("out.parquet", query).concat()
}

#[test]
fn equal_scores_rank_by_row_or_product() {
    let rows = "('A', 'g', 2), ('B', 'g', 3), ('C', 'g', 2), ('D', 'g', 1), ('E', 'h', 3)";
    assert_eq!(ranks(&Folder::original(), rows), ["2", "1", "3", "4", "1"]);
    assert_eq!(ranks(&Folder::new(), rows), ["2", "1", "3", "4", "1"]);
    let rows = "('C', 'g', 2), ('B', 'g', 3), ('A', 'g', 2), ('D', 'g', 1), ('E', 'h', 3)";
    assert_eq!(ranks(&Folder::original(), rows), ["3", "1", "2", "4", "1"]);
    assert_eq!(ranks(&Folder::new(), rows), ["2", "1", "3", "4", "1"]);
    // Without a group there is no rank.
    assert_eq!(ranks(&Folder::new(), "('A', 'g', 2), ('B', null, 3)"), ["1", "null"]);
}

#[test]
fn rows_without_groups_get_them_of_site_and_category() {
    let folder = Folder::original();
    folder.file("model.txt", MODEL);
    let names =
        "1 as Column_0, 1 as Column_1, 1 as Column_2, 1 as Column_3, 1 as Column_4, 1 as Column_5";
    folder.table(
        "rows.parquet",
        &format!("select 'A' as asin, 'US' as site, date '2024-01-01' as dt, {names}"),
    );
    let predict = "predict --model @model.txt --features @rows.parquet --output @out.parquet";
    assert!(folder.refused(predict).contains("no column group_id"));
    let folder = Folder::new();
    folder.file("model.txt", MODEL);
    folder.table(
        "rows.parquet",
        &format!("select 'A' as asin, 'US' as site, date '2024-01-01' as dt, {names}"),
    );
    assert!(folder.refused(predict).contains("nor a category"));
    folder.table("rows.parquet", "select 'A' as asin, 'US' as site, 'c' as category");
    assert!(folder.refused(predict).contains("has no feature Column_0"));
    assert!(!folder.path("out.parquet").exists());
}

#[test]
fn studies_go_on_where_they_were() {
    let folder = samples();
    let tune = "tune --data @samples.parquet --rounds 60 --early-stopping 20";
    folder.done(&format!("{tune} --trials 8 --output-dir @whole"));
    folder.done(&format!("{tune} --trials 3 --output-dir @parts"));
    let first = json(&folder, "parts/lgb_rank_tuning.json");
    assert_eq!(first["trials"].as_array().map(Vec::len), Some(3));
    folder.done(&format!("{tune} --trials 8 --output-dir @parts"));
    let (whole, parts) =
        (json(&folder, "whole/lgb_rank_tuning.json"), json(&folder, "parts/lgb_rank_tuning.json"));
    assert_eq!(whole, parts);
    let trials = whole["trials"].as_array().expect("trials");
    assert_eq!(trials.len(), 8);
    let best = trials
        .iter()
        .filter(|trial| trial["state"] == "complete")
        .max_by(|one, other| {
            one["value"].as_f64().partial_cmp(&other["value"].as_f64()).expect("numbers")
        })
        .expect("a trial");
    assert_eq!(json(&folder, "whole/best_params.json"), best["params"]);
    for trial in trials {
        let of = |name: &str| trial["params"][name].as_f64().expect("a number");
        assert!(
            (0.02..=0.15).contains(&of("learning_rate"))
                && (31.0..=255.0).contains(&of("num_leaves"))
        );
        assert!((1.0..=5.0).contains(&of("bagging_freq")) && of("bagging_freq").fract() == 0.0);
    }
    // What was best is trained as it was tried.
    let said = folder.done("train --data @samples.parquet --output @m.txt --params @whole/best_params.json --param feature_pre_filter=false --rounds 60 --early-stopping 20");
    let value = best["value"].as_f64().expect("a number");
    assert!(said.contains(&format!("{value:.6}")), "{said}, not {value}");
    let error = folder.refused(&format!("{tune} --trials 9 --output-dir @whole --features f0"));
    assert!(error.contains("other samples"), "{error}");
}

#[test]
fn versions_are_promoted_and_checked() {
    let folder = Folder::new();
    folder.file("a.json", r#"{"inputs": [{"name": "f0"}, {"name": "f1"}]}"#);
    folder.file("b.json", r#"{"inputs": [{"name": "f1"}, {"name": "f0"}]}"#);
    for signature in ["a", "b"] {
        folder.done(&format!(
            "registry register --name rank --artifact-uri {signature}.txt --signature @{signature}.json --metric ndcg=0.5"
        ));
    }
    assert!(
        folder
            .done("registry promote --name rank --version 1 --to prod")
            .contains("rank 1 stands in Production")
    );
    let error = folder.refused("registry promote --name rank --version 2 --to production");
    assert!(error.contains("another order"), "{error}");
    folder.done("registry demote --name rank --version 1");
    folder.done("registry promote --name rank --version 2 --to production");
    let listed: Value =
        serde_json::from_str(&folder.done("registry list --name rank")).expect("JSON");
    assert_eq!(
        (&listed[0]["stage"], &listed[1]["stage"]),
        (&"Archived".into(), &"Production".into())
    );
    assert!(folder.refused("registry list --name other").contains("no model other"));
}

/// A sample that cannot be learnt from is named, and nothing is written.
#[test]
fn samples_that_cannot_be_learnt_from_are_named() {
    let folder = Folder::new();
    let refused = |change: &str, arguments: &str| {
        folder.table("samples.parquet", &format!("select * replace ({change}) from ({SAMPLES})"));
        let error = folder
            .refused(&format!("train --data @samples.parquet --output @model.txt {arguments}"));
        assert!(
            !folder.path("model.txt").exists() && !folder.path("asin/runs").exists(),
            "{change}"
        );
        error
    };
    let at = "asin = 'A03' and t_ref = date '2024-01-05'";
    for (change, arguments, why) in [
        (
            format!("case when {at} then 'nan'::double else relevance end as relevance"),
            "",
            "relevance of row A03, US, 2024-01-05 is nan",
        ),
        (
            format!("case when {at} then null else relevance end as relevance"),
            "",
            "relevance of row A03, US, 2024-01-05 is missing",
        ),
        (
            format!("case when {at} then 0.25 else relevance end as relevance"),
            "",
            "give --label relevance",
        ),
        ("relevance as relevance".to_owned(), "--label sold", "give --label relevance"),
        (
            format!("case when {at} then null else group_id end as group_id"),
            "",
            "group_id of row A03, US, 2024-01-05 is missing",
        ),
        (
            format!("case when {at} then '{{broken' else feature_vector end as feature_vector"),
            "",
            "which is no JSON object",
        ),
        ("relevance as relevance".to_owned(), "--features f0 name", "name is \"x0\""),
        (
            "relevance as relevance".to_owned(),
            "--features f0 f9",
            "has no feature f9; its feature vectors have f0, whole, name, f1",
        ),
        ("'{}' as feature_vector".to_owned(), "", "has no features"),
        ("'train' as split".to_owned(), "", "no rows of the part valid"),
        ("split = 'valid' as purged".to_owned(), "", "all 160 rows of the part valid are purged"),
        (
            "relevance as relevance".to_owned(),
            "--kind classifier --label sold",
            "a classifier learns 0 and 1",
        ),
        ("relevance as relevance".to_owned(), "--param num_leaves=one", "num_leaves"),
        ("relevance as relevance".to_owned(), "--param objective=none_such", "none_such"),
        ("relevance as relevance".to_owned(), "--param num_leafs=7", "no parameter \"num_leafs\""),
        ("relevance as relevance".to_owned(), "--param n_estimators=7", "--rounds 7"),
        ("relevance as relevance".to_owned(), "--param early_stopping=7", "--early-stopping 7"),
        ("relevance as relevance".to_owned(), "--param cat_feature=0", "categorical_features"),
    ] {
        let error = refused(&change, arguments);
        assert!(error.contains(why), "{change} {arguments}: {error}");
    }
}

#[test]
fn broken_files_are_refused() {
    let folder = samples();
    let bytes = fs::read(folder.path("samples.parquet")).expect("read");
    fs::write(folder.path("cut.parquet"), &bytes[..bytes.len() / 2]).expect("written");
    let error = folder.refused("train --data @cut.parquet --output @model.txt");
    assert!(error.contains("cut.parquet"), "{error}");
    let error = folder.refused("train --data @none.parquet --output @model.txt");
    assert!(error.contains("none.parquet is missing"), "{error}");
    for (content, why) in [
        ("", "a model begins with the line 'tree'"),
        (&MODEL[..MODEL.len() / 2], "LightGBM model"),
        ("tree\nversion=v4\nmax_feature_idx=x\n", "LightGBM model"),
    ] {
        folder.file("model.txt", content);
        let error = folder.refused(
            "predict --model @model.txt --features @samples.parquet --output @out.parquet",
        );
        assert!(error.contains(why) && error.contains("model.txt"), "{error}");
    }
    assert!(!folder.path("out.parquet").exists());
    let error = folder.refused("predict --features @samples.parquet --output @out.parquet");
    assert!(error.contains("There is no model") && error.contains("--model"), "{error}");
}

#[test]
fn a_missing_library_is_named() {
    let folder = samples().with("AIM_LIGHTGBM", "/nowhere/lib_lightgbm.so");
    let error = folder.refused("train --data @samples.parquet --output @model.txt");
    assert!(error.contains("AIM_LIGHTGBM") && error.contains("/nowhere"), "{error}");
}

/// The order of the rows does not matter.
#[test]
fn shuffled_samples_give_the_same_model() {
    let model = |order: &str| {
        let folder = Folder::new().with("AIM_THREADS", "1");
        folder.table("samples.parquet", &format!("select * from ({SAMPLES}) order by {order}"));
        folder.done("train --data @samples.parquet --output @model.txt --rounds 20");
        fs::read_to_string(folder.path("model.txt")).expect("written")
    };
    assert_eq!(model("hash(asin, t_ref)"), model("t_ref desc, asin desc"));
}

/// Groups of one product, and days without any, change nothing.
#[test]
fn lone_products_can_be_learnt() {
    let folder = Folder::new();
    folder.table(
        "samples.parquet",
        &format!("select * replace (asin || '|' || t_ref as group_id) from ({SAMPLES})"),
    );
    let said = folder.done("train --data @samples.parquet --output @model.txt --rounds 5");
    assert!(said.contains("880 rows (880 groups)"), "{said}");
}
