//! Features that are names: LightGBM's own models of them, and what becomes of names that nobody knows.

use crate::fixture::Folder;
use serde_json::{Value, json};
use std::fs;

const SAMPLES: &str = include_str!("goldens/samples.sql");
const CATEGORIES: &str = include_str!("goldens/categories.sql");

const NAMED: &str = "training: {categorical_features: [name, kind]}";

fn samples() -> Folder {
    let folder = Folder::new().with("AIM_THREADS", "1");
    folder.settings(NAMED);
    folder.table("samples.parquet", &format!("with samples as ({SAMPLES}) {CATEGORIES}"));
    folder
}

const TRAIN: &str =
    "train --data @samples.parquet --output @model.txt --kind regressor --label sold --rounds 25";
const PREDICT: &str =
    "predict --model @model.txt --features @samples.parquet --split test --output @out.parquet";

fn signature(folder: &Folder) -> Value {
    let text = fs::read_to_string(folder.path("model.signature.json")).expect("written");
    serde_json::from_str(&text).expect("JSON")
}

fn scores(folder: &Folder) -> Vec<f64> {
    let scores = folder.rows("out.parquet", "select lgbm_score from {} order by group_id, asin");
    scores.concat().iter().map(|cell| cell.parse().expect("a number")).collect()
}

/// The text of the trees is, byte by byte, that of LightGBM's Python package with `categorical_feature`, and so are
/// the predictions, of names that were not there to learn from too.
#[test]
fn models_of_names_are_lightgbms_own() {
    let folder = samples();
    let said = folder.done(TRAIN);
    assert!(said.contains("with 5 features") && !said.contains("left out"), "{said}");
    let (golden, predictions) =
        (include_str!("goldens/categories.txt"), include_str!("goldens/categories.predictions"));
    let text = fs::read_to_string(folder.path("model.txt")).expect("written");
    let trees = |text: &str| text[..text.find("end of trees").expect("trees")].to_owned();
    assert!(trees(&text) == trees(golden), "it is another model");
    folder.done(PREDICT);
    let expected: Vec<f64> =
        predictions.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(expected.len(), 160);
    assert_eq!(scores(&folder), expected);
    let inputs = &signature(&folder)["inputs"];
    let kinds = ["Räder", "Tyre", "a \"b\"", "it's", "tyre", "z, 1"];
    let mut sorted = kinds;
    sorted.sort_unstable();
    assert_eq!(inputs[4], json!({ "name": "kind", "type": "category", "values": sorted }));
    assert_eq!(inputs[0], json!({ "name": "f0", "type": "double" }));
}

/// Neither the order of the rows matters, nor that of the names in the settings.
#[test]
fn codes_do_not_depend_on_the_order() {
    let model = |order: &str, settings: &str| {
        let folder = samples();
        folder.settings(settings);
        let rows =
            format!("select * from (with samples as ({SAMPLES}) {CATEGORIES}) order by {order}");
        folder.table("samples.parquet", &rows);
        folder.done(TRAIN);
        fs::read_to_string(folder.path("model.txt")).expect("written")
    };
    let turned = "training: {categorical_features: [kind, name]}";
    assert_eq!(model("hash(asin, t_ref)", NAMED), model("t_ref desc, asin desc", turned));
}

/// What was not there to learn from is as good as missing; contributions know names too.
#[test]
fn unknown_names_are_missing() {
    let folder = samples();
    folder.done(TRAIN);
    let kinds = ["", "nobody knows", "TYRE", "tyre", "Tyre", "Räder", "it's", "\"z, 1\""];
    let row = |(at, kind): (usize, &&str)| format!("P{at},g,0.5,1,x1,0.7,{kind}\n");
    let rows: String = kinds.iter().enumerate().map(row).collect();
    folder.file("rows.csv", &format!("asin,group_id,f0,whole,name,f1,kind\n{rows}"));
    let predict = "predict --model @model.txt --features @rows.csv --output @out.parquet";
    folder.done(&format!("{predict} --reasons 5"));
    let found = scores(&folder);
    assert!(found[0] == found[1] && found[0] == found[2], "{found:?}");
    assert!(found[3..].iter().any(|score| *score != found[3]), "{found:?}");
    let named = "select count(*) filter (json_extract(reason, '$.kind') is not null) from {}";
    assert_eq!(folder.row("out.parquet", named), ["8"]);
    // The model's inputs may be called otherwise.
    folder.file("rows.csv", &format!("asin,group_id,a,b,c,d,e\n{rows}"));
    folder.done(&format!("{predict} --feature-cols a,b,c,d,e"));
    assert_eq!(scores(&folder), found);
}

/// Names are those of columns where there are no vectors, keys among them.
#[test]
fn columns_may_be_names() {
    let folder = samples();
    folder.settings("training: {categorical_features: [site, shelf]}");
    folder.table(
        "samples.parquet",
        &format!(
            "select asin, (['US', 'DE', 'UK'])[round(noise * 1009)::int % 3 + 1] as site, 's' || round(place * 20)::int as shelf, \
             t_ref, noise, split, sold + round(noise * 1009)::int % 3 as y from ({SAMPLES})"
        ),
    );
    folder.done("train --data @samples.parquet --output @model.txt --kind regressor --rounds 25");
    let names = signature(&folder)["inputs"].clone();
    let names: Vec<&str> = names
        .as_array()
        .expect("inputs")
        .iter()
        .filter_map(|input| input["name"].as_str())
        .collect();
    assert_eq!(names, ["site", "shelf", "noise"]);
    folder.done(
        "predict --model @model.txt --features @samples.parquet --group-col asin --output @out.parquet",
    );
    let error = "select avg(abs(lgbm_score - y)) < 2 from {}";
    assert_eq!(folder.row("out.parquet", error), ["true"]);
}

#[test]
fn names_that_cannot_be_learnt_are_refused() {
    let folder = samples();
    folder.settings("training: {categorical_features: [kin]}");
    let error = folder.refused(TRAIN);
    assert!(error.contains("no feature kin") && error.contains("categorical_features"), "{error}");
    folder.settings(NAMED);
    folder.table(
        "samples.parquet",
        &format!(
            "select * replace (replace(feature_vector, '\"name\": \"x', '\"name\": \"\", \"rest\": \"') as feature_vector) \
             from (with samples as ({SAMPLES}) {CATEGORIES})"
        ),
    );
    let error = folder.refused(TRAIN);
    assert!(error.contains("name has no value"), "{error}");
    assert!(!folder.path("model.txt").exists());
}

/// The signature comes from the registry, or stands beside the model, and is that model's.
#[test]
fn a_model_of_names_needs_its_signature() {
    let folder = samples();
    folder.done(&format!("{TRAIN} --register rank"));
    folder.done(PREDICT);
    let expected = scores(&folder);
    // That of the registry is enough.
    fs::rename(folder.path("model.signature.json"), folder.path("aside.json")).expect("moved");
    folder.done("registry promote --name rank --version 1 --to production");
    folder.done("predict --features @samples.parquet --split test --output @out.parquet");
    assert_eq!(scores(&folder), expected);
    // Without one names are no numbers.
    assert!(folder.refused(PREDICT).contains("which is no number"));
    fs::rename(folder.path("aside.json"), folder.path("model.signature.json")).expect("moved");
    let model = fs::read_to_string(folder.path("model.txt")).expect("read");
    folder.file("model.txt", &format!("{model}\n"));
    let error = folder.refused(PREDICT);
    assert!(error.contains("another model's") && error.contains("model.txt"), "{error}");
    folder.file("model.signature.json", "{");
    assert!(folder.refused(PREDICT).contains("model.signature.json is no JSON"));
}
