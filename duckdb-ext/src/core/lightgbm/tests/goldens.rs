//! Models and predictions made by LightGBM, with `tests/model/make_goldens.py`, compared bit by bit.

use super::{golden, predict};
use crate::core::lightgbm::{Kind, Model, Scratch};

macro_rules! goldens {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

goldens! {
    binary binary_sigmoid categorical categorical_one_hot cross_entropy cross_entropy_lambda
    custom_two_outputs dart early_stopped gamma huber lambdarank linear linear_categorical
    many_thresholds multiclass multiclass_ova never_missing one_leaf one_leaf_binary poisson
    random_forest random_forest_binary rank_xendcg regression regression_sqrt tiny_and_huge tweedie
    use_missing_false written_by_3 zero_as_missing
}

/// One line of a `.rows` file: the features, and what LightGBM says of them, as bits.
struct Row {
    features: Vec<f64>,
    value: Vec<u64>,
    raw: Vec<u64>,
    /// Of iterations 1 and 2 alone.
    some: Vec<u64>,
    contributions: Option<Vec<u64>>,
}

fn read(name: &str) -> Vec<Row> {
    let row = |line: &str| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let bits = |at: usize| {
            let words = parts.get(at)?.split(' ');
            Some(words.map(|word| u64::from_str_radix(word, 16).unwrap()).collect::<Vec<_>>())
        };
        Row {
            features: parts[0].split(' ').map(|word| word.parse().unwrap()).collect(),
            value: bits(1).unwrap(),
            raw: bits(2).unwrap(),
            some: bits(3).unwrap(),
            contributions: bits(4),
        }
    };
    golden(name, "rows").lines().map(row).collect()
}

/// Equal bits, but for the sign and payload of NaN.
#[track_caller]
fn assert_bits(actual: &[f64], expected: &[u64], what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (actual, expected) in actual.iter().zip(expected) {
        let expected = f64::from_bits(*expected);
        let equal = actual.to_bits() == expected.to_bits() || actual.is_nan() && expected.is_nan();
        assert!(equal, "{what}: {actual:?} is not {expected:?}");
    }
}

fn check(name: &str) {
    let model = Model::parse(&golden(name, "txt")).unwrap();
    let rows = read(name);
    assert!(rows.len() > 40);
    let features: Vec<Vec<f64>> = rows.iter().map(|row| row.features.clone()).collect();
    let values = predict(&model, &features, Kind::Value);
    let raw = predict(&model, &features, Kind::Raw);
    let mut some = Vec::new();
    let value = |row: usize, feature: usize| features[row][feature];
    model.predict(rows.len(), value, 1..3, Kind::Raw, &mut Scratch::default(), &mut some);
    let outputs = model.outputs();
    for (at, row) in rows.iter().enumerate() {
        let of = |all: &[f64]| all[at * outputs..(at + 1) * outputs].to_vec();
        assert_bits(&of(&values), &row.value, &format!("value of row {at}"));
        assert_bits(&of(&raw), &row.raw, &format!("raw score of row {at}"));
        assert_bits(&of(&some), &row.some, &format!("some iterations of row {at}"));
        if let Some(expected) = &row.contributions {
            let actual = model.contributions(|feature| row.features[feature]).unwrap();
            assert_bits(&actual, expected, &format!("contributions of row {at}"));
        }
        // One row alone is predicted as among others.
        let alone = predict(&model, &features[at..=at], Kind::Value);
        assert_bits(&alone, &row.value, &format!("value of row {at} alone"));
    }
}

#[test]
fn every_golden_is_tested() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/model");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let models = files.filter(|path| path.extension().is_some_and(|ending| ending == "txt"));
    let mut names: Vec<String> =
        models.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, NAMES);
}

#[test]
fn linear_trees_have_no_contributions() {
    let model = Model::parse(&golden("linear", "txt")).unwrap();
    assert!(model.contributions(|_| 0.0).is_err());
}

#[test]
fn iterations_beyond_the_last_are_left_out() {
    let model = Model::parse(&golden("regression", "txt")).unwrap();
    let mut predictions = vec![7.0];
    let range = model.iterations()..usize::MAX;
    model.predict(1, |_, _| 0.0, range, Kind::Raw, &mut Scratch::default(), &mut predictions);
    assert_eq!(predictions, [0.0]);
}

#[test]
fn features_are_named_in_order() {
    let model = Model::parse(&golden("regression", "txt")).unwrap();
    assert_eq!(model.features()[..2], ["Column_0", "Column_1"]);
    assert_eq!((model.features().len(), model.outputs(), model.iterations()), (6, 1, 4));
}
