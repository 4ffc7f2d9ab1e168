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
