//! Predictions: which model makes them, what they are made of, and what they do not depend on.

use crate::fixture::Folder;

const MODEL: &str = include_str!("../model/regression.txt");

/// Rows with the model's features and what else is asked for, in some order of their numbers `i`.
fn rows(folder: &Folder, more: &str, order: &str) {
    let columns: Vec<String> =
        (0..6).map(|at| format!("((hash(i, {at}) % 1000) / 100)::double as Column_{at}")).collect();
    let columns = columns.join(", ");
    let query =
        format!("select 'P' || i as asin, {columns}, {more} from range(50) t(i) order by {order}");
    folder.table("rows.parquet", &query);
}

const PREDICT: &str = "predict --model @model.txt --features @rows.parquet --output @out.parquet";

/// Neither the order of the rows matters, nor in how many runs days are predicted.
#[test]
fn neither_order_nor_portions_matter() {
    let folder = Folder::new();
    folder.file("model.txt", MODEL);
    let more = "'g' || (i % 3) as group_id, date '2024-01-01' + (i % 4)::int as dt";
    let read = || folder.rows("out.parquet", "select * from {} order by asin");
    rows(&folder, more, "i");
    folder.done(PREDICT);
    let straight = read();
    assert_eq!(straight.len(), 50);
    rows(&folder, more, "hash(i)");
    folder.done(PREDICT);
    assert_eq!(read(), straight);
    let mut days = Vec::new();
    for day in 1..=4 {
        folder.done(&format!("{PREDICT} --date 2024-01-0{day}"));
        days.extend(read());
    }
    days.sort();
    let mut straight = straight;
    straight.sort();
    assert_eq!(days, straight);
}

/// D-INF-2: the days of a product competed with each other.
#[test]
fn each_day_is_ranked_by_itself() {
    for (folder, worst) in [(Folder::new(), "1"), (Folder::original(), "50")] {
        folder.file("model.txt", MODEL);
        rows(&folder, "'g' as group_id, date '2024-01-01' + i::int as dt", "i");
        folder.done(PREDICT);
        assert_eq!(folder.row("out.parquet", "select max(rank_in_group) from {}"), [worst]);
    }
}

/// Reasons are what the extension says of each feature, the largest first.
#[test]
fn reasons_are_the_largest_contributions() {
    let folder = Folder::new();
    folder.file("model.txt", MODEL);
    let columns: Vec<String> =
        (0..6).map(|at| format!("((hash(i, {at}) % 1000) / 100)::double as Column_{at}")).collect();
    let rows = format!(
        "select 'P' || i as asin, 'g' as group_id, 'mine' as reason, {} from range(50) t(i)",
        columns.join(", ")
    );
    folder.table("rows.parquet", &rows);
    let predict = "predict --model @model.txt --features @rows.parquet --output @out.parquet";
    folder.done(&format!("{predict} --reasons 3"));
    let model = folder.path("model.txt");
    let names: Vec<String> = (0..6).map(|at| format!("Column_{at}")).collect();
    let wrong = format!(
        "with of_rows as (select *, lgbm_contributions((select content from read_text('{}')), [{}]) as all_of from {{}}), \
         told as (select *, json_keys(reason) as keys, list_transform(json_keys(reason), lambda k: json_extract(reason, '$.' || k)::double) as told from of_rows) \
         select count(*) filter (len(keys) = 3), count(*) filter (told = list_transform(keys, lambda k: all_of[replace(k, 'Column_', '')::int + 1])), \
         count(*) filter (list_transform(told, lambda x: abs(x)) = list_reverse_sort(list_transform(all_of[:6], lambda x: abs(x)))[:3]) from told",
        model.display(),
        names.join(", ")
    );
    assert_eq!(folder.row("out.parquet", &wrong), ["50", "50", "50"]);
    // Unless it is asked for, a column of that name is left as it is.
    folder.done(PREDICT);
    assert_eq!(folder.row("out.parquet", "select distinct reason from {}"), ["mine"]);
}

/// The registry's version in production predicts, unless another model is named.
#[test]
fn the_model_in_production_predicts() {
    let folder = Folder::new();
    folder.file("a.txt", MODEL);
    let names: Vec<String> = (0..6).map(|at| format!("{{\"name\": \"Column_{at}\"}}")).collect();
    folder.file("a.json", &format!("{{\"inputs\": [{}]}}", names.join(", ")));
    folder.file("b.json", "{\"inputs\": [{\"name\": \"Column_0\"}]}");
    folder.run("score");
    folder.change(
        "alter table asin.features_daily add column Column_0 double; alter table asin.features_daily add column Column_1 double; \
         alter table asin.features_daily add column Column_2 double; alter table asin.features_daily add column Column_3 double; \
         alter table asin.features_daily add column Column_4 double; alter table asin.features_daily add column Column_5 double; \
         insert into asin.features_daily by name select 'A' as asin, 'US' as site, date '2024-01-01' as dt, 'c' as category, 1 as Column_0",
    );
    let predict = "predict --date 2024-01-01";
    assert!(folder.refused(predict).contains("There is no model"));
    let register = |signature: &str| {
        let uri = folder.path("a.txt");
        folder.done(&format!(
            "registry register --name rank --artifact-uri file://{} --signature @{signature}.json",
            uri.display()
        ));
    };
    register("a");
    assert!(folder.refused(predict).contains("There is no model"), "it is in no stage yet");
    folder.done("registry promote --name rank --version 1 --to production");
    folder.done(predict);
    let versions = || {
        folder
            .tables("select model_version from asin.pred_rank_daily order by 1")
            .concat()
            .join(" ")
    };
    assert_eq!(versions(), "rank-1");
    folder.done(&format!("{predict} --model @a.txt --reasons 2"));
    assert_eq!(versions(), "rank-1 rank-lgbm");
    assert_eq!(
        folder.tables("select count(*), count(reason) from asin.pred_rank_daily"),
        [["2", "1"]]
    );
    // What the registry promises is what the model takes.
    register("b");
    folder.done("registry demote --name rank --version 1");
    folder.done("registry promote --name rank --version 2 --to production");
    let error = folder.refused(predict);
    assert!(error.contains("rank-2") && error.contains("[\"Column_0\"]"), "{error}");
    folder.done("registry register --name other --artifact-uri gs://models/a.txt --signature @a.json --stage production");
    folder.settings("scoring: {model_name: other}");
    let error = folder.refused(predict);
    assert!(
        error.contains("other 1 is in production") && error.contains("gs://models/a.txt"),
        "{error}"
    );
}

/// A model of one split after the other of `f`: greater values have greater scores.
const STEPS: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n\
    objective=regression\nfeature_names=f\nfeature_infos=[0:9]\ntree_sizes=1\n\nTree=0\nnum_leaves=4\nnum_cat=0\n\
    split_feature=0 0 0\nthreshold=1.5 2.5 3.5\ndecision_type=2 2 2\nleft_child=-1 -2 -3\nright_child=1 2 -4\n\
    leaf_value=0.1 0.3 0.5 0.9\nleaf_count=1 1 1 1\ninternal_count=4 3 2\nshrinkage=1\n\nend of trees\n";

/// Products A to E: two equal ones, one better, one without a category, one without category and band.
fn five(folder: &Folder) {
    folder.file("model.txt", STEPS);
    folder.file(
        "rows.csv",
        "asin,site,dt,category,price_band,f\nA,US,2024-01-01,H,lo,3\nB,US,2024-01-01,H,lo,3\nC,US,2024-01-01,H,hi,4\n\
         D,US,2024-01-01,,hi,1\nE,US,2024-01-01,,,2\n",
    );
}

fn places(folder: &Folder, arguments: &str) -> Vec<String> {
    folder.done(&format!(
        "predict --model @model.txt --features @rows.csv --output @out.csv --group-by {arguments}"
    ));
    let query = "select concat_ws(' ', asin, group_id, rank_in_group, coalesce(rank_in_cat::varchar, 'null')) from {} order by asin, dt";
    folder.rows("out.csv", query).concat()
}

/// The columns of the settings make groups; what is missing is unknown. Equals share their place as before, or stand
/// in the order of the products.
#[test]
fn groups_may_be_made_of_columns() {
    let original = Folder::original();
    five(&original);
    let expected = [
        "A US|H|lo 1 2",
        "B US|H|lo 1 2",
        "C US|H|hi 1 1",
        "D US|UNKNOWN|hi 1 2",
        "E US|UNKNOWN|UNKNOWN 1 1",
    ];
    assert_eq!(places(&original, ""), expected);
    let folder = Folder::new();
    five(&folder);
    let expected = [
        "A US|H|lo 1 2",
        "B US|H|lo 2 3",
        "C US|H|hi 1 1",
        "D US|UNKNOWN|hi 1 2",
        "E US|UNKNOWN|UNKNOWN 1 1",
    ];
    assert_eq!(places(&folder, ""), expected);
    // Places in the category are told up to the last that counts.
    for folder in [&folder, &original] {
        folder.settings("scoring: {rank_min: 1}");
        let last = |row: &String| row.rsplit(' ').next().expect("a place").to_owned();
        let told: Vec<String> = places(folder, "").iter().map(last).collect();
        assert_eq!(told, ["null", "null", "1", "null", "1"]);
    }
    folder.settings("scoring: {group_by_columns: [price_band]}");
    assert_eq!(places(&folder, "")[4], "E UNKNOWN 1 1");
    assert_eq!(places(&folder, "category,site")[3], "D UNKNOWN|US 2 2");
    let refused = |arguments: &str| {
        folder.refused(&format!(
            "predict --model @model.txt --features @rows.csv --output @out.csv --group-by {arguments}"
        ))
    };
    let error = refused("site shelf");
    assert!(
        error.contains("nothing to make groups of") && error.contains("no column shelf"),
        "{error}"
    );
    folder.settings("scoring: {group_by_columns: [shelf]}");
    assert!(refused("").contains("no column shelf"));
}

/// The days of a product competed with each other.
#[test]
fn groups_of_columns_are_ranked_by_day() {
    for (folder, expected) in [
        (Folder::original(), ["A US|H|UNKNOWN 2 2", "A US|H|UNKNOWN 1 1"]),
        (Folder::new(), ["A US|H|UNKNOWN 1 1", "A US|H|UNKNOWN 1 1"]),
    ] {
        folder.file("model.txt", STEPS);
        folder.file(
            "rows.csv",
            "asin,site,dt,category,f\nA,US,2024-01-01,H,3\nA,US,2024-01-02,H,4\n",
        );
        assert_eq!(places(&folder, ""), expected);
    }
}

/// Stumps whose leaves lie as far below zero as above, and a constant: contributions can be told beforehand.
#[test]
fn reasons_have_signs_and_no_constant() {
    let folder = Folder::new();
    let added = [0.05, -0.4, 0.03, -0.02, 0.01, 0.1];
    let stump = |(at, size): (usize, &f64)| {
        format!(
            "Tree={at}\nnum_leaves=2\nnum_cat=0\nsplit_feature={at}\nsplit_gain=1\nthreshold=0.5\ndecision_type=2\n\
             left_child=-1\nright_child=-2\nleaf_value={} {size}\nleaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\n\
             internal_weight=2\ninternal_count=2\nshrinkage=1\n\n",
            -size
        )
    };
    let stumps: String = added.iter().enumerate().map(stump).collect();
    folder.file(
        "model.txt",
        &format!(
            "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=5\nobjective=regression\n\
             feature_names=f1 f2 f3 f4 f5 f6\nfeature_infos=[0:1] [0:1] [0:1] [0:1] [0:1] [0:1]\ntree_sizes=1 1 1 1 1 1 1\n\n\
             {stumps}Tree=6\nnum_leaves=1\nnum_cat=0\nleaf_value=5\nshrinkage=1\n\nend of trees\n"
        ),
    );
    folder.file("rows.csv", "asin,group_id,f1,f2,f3,f4,f5,f6\nA,g,1,1,1,1,1,1\nB,g,0,1,0,0,0,0\n");
    folder.done("predict --model @model.txt --features @rows.csv --output @out.csv --reasons 5");
    let reasons = folder.rows("out.csv", "select reason from {} order by asin").concat();
    assert_eq!(
        reasons,
        [
            r#"{"f2": -0.4, "f6": 0.1, "f1": 0.05, "f3": 0.03, "f4": -0.02}"#,
            r#"{"f2": -0.4, "f6": -0.1, "f1": -0.05, "f3": -0.03, "f4": 0.02}"#
        ]
    );
}

/// The settings may say which columns a model's inputs are.
#[test]
fn inputs_may_have_other_names() {
    let folder = Folder::new();
    folder.file("model.txt", STEPS);
    folder.file("rows.csv", "asin,group_id,strength\nA,g,1\nB,g,4\n");
    let predict = "predict --model @model.txt --features @rows.csv --output @out.csv";
    assert!(folder.refused(predict).contains("has no feature f"));
    let read = || folder.rows("out.csv", "select asin, lgbm_score from {} order by asin");
    folder.settings("scoring: {feature_columns: [strength]}");
    folder.done(predict);
    assert_eq!(read(), [["A", "0.1"], ["B", "0.9"]]);
    folder.settings("scoring: {feature_columns: [other]}");
    folder.done(&format!("{predict} --feature-cols strength"));
    assert_eq!(read(), [["A", "0.1"], ["B", "0.9"]]);
}

/// Rows of the job's table have a key; without one nothing is predicted.
#[test]
fn predictions_that_are_kept_need_a_key() {
    let folder = Folder::new();
    folder.file("model.txt", STEPS);
    folder.file("rows.csv", "asin,dt,category,f\nA,2024-01-01,H,3\n");
    let predict = "predict --model @model.txt --features @rows.csv --group-col category";
    let error = folder.refused(predict);
    assert!(error.contains("rows.csv has no column site"), "{error}");
    folder.done(&format!("{predict} --output @out.csv"));
    assert_eq!(folder.row("out.csv", "select asin, rank_in_group from {}"), ["A", "1"]);
}

/// What cannot be read is named with its row, and nothing is written.
#[test]
fn rows_that_are_no_numbers_or_days_are_refused() {
    let folder = Folder::new();
    folder.file("model.txt", STEPS);
    let predict = "predict --model @model.txt --features @rows.csv --output @out.csv";
    for (rows, more, why) in [
        ("asin,group_id,f\nA,g,1\nB,g,much\n", "", "f of row B is 'much', which is no number"),
        ("asin,group_id,dt,f\nA,g,soon,1\n", "", "dt of row A, soon is 'soon', which is no date"),
        ("group_id,f\ng,much\n", "", "f of a row is 'much'"),
        ("asin,group_id,f\nA,g,1\n", "--date 2024-01-01", "has no column dt"),
        ("asin,group_id,f\nA,g,1\n", "--model @none.txt", "There is no model"),
    ] {
        folder.file("rows.csv", rows);
        let arguments = if more.contains("--model") {
            format!("predict {more} --features @rows.csv --output @out.csv")
        } else {
            format!("{predict} {more}")
        };
        let error = folder.refused(&arguments);
        assert!(error.contains(why), "{error}");
    }
    std::fs::write(folder.path("model.txt"), [0xff, 0xfe, 0]).expect("written");
    let error = folder.refused(predict);
    assert!(error.contains("model.txt cannot be read") && !error.contains("no model"), "{error}");
    assert!(!folder.path("out.csv").exists());
    // Neither NaN nor the infinities are refused: a model knows what to do with them.
    folder.file("model.txt", STEPS);
    folder.file("rows.csv", "asin,group_id,f\nA,g,inf\nB,g,-inf\nC,g,nan\nD,g,\n");
    folder.done(predict);
    let scores = folder.rows("out.csv", "select lgbm_score from {} order by asin").concat();
    assert_eq!((&*scores[0], &*scores[1], &scores[2]), ("0.9", "0.1", &scores[3]));
}
