//! Texts that are no models: an error that says where and what, never a panic, never much memory.

use super::{golden, predict};
use crate::core::lightgbm::{Kind, Model};
use proptest::prelude::*;

/// A model of one tree with two splits, the second on categories.
const SMALL: &str = "tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=1
objective=regression
feature_names=a b
tree_sizes=300

Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
threshold=0.5 0
decision_type=2 1
left_child=1 -1
right_child=-3 -2
leaf_value=1 2 3
internal_count=9 5
leaf_count=2 3 4
cat_boundaries=0 2
cat_threshold=6 1
is_linear=0
shrinkage=1

end of trees
";

#[test]
fn the_small_model_is_one() {
    let model = Model::parse(SMALL).unwrap();
    let rows = [[0.6, 1.0], [0.5, 1.0], [0.5, 0.0], [f64::NAN, 32.9]].map(Vec::from);
    assert_eq!(predict(&model, &rows, Kind::Value), [3.0, 1.0, 2.0, 1.0]);
    let windows = SMALL.replace('\n', "\r\n");
    let model = Model::parse(&windows).unwrap();
    assert_eq!(predict(&model, &rows, Kind::Value), [3.0, 1.0, 2.0, 1.0]);
}

/// What replaces what, and a part of the error.
const BROKEN: &[(&str, &str, &str)] = &[
    (
        "tree\nversion",
        "{\"name\":\"tree\"}",
        "line 1: a model begins with the line 'tree', this with",
    ),
    ("end of trees\n", "", "line 10 (tree 0): the text ends here, without the line 'end of trees'"),
    ("max_feature_idx=1", "max_feature_idx=2", "line 7: 2 feature_names, and max_feature_idx is 2"),
    (
        "max_feature_idx=1",
        "max_feature_idx=-1",
        "max_feature_idx is '-1', not a whole number from 0",
    ),
    ("feature_names=a b\n", "", "line 1: feature_names is missing"),
    ("iteration=1", "iteration=0", "num_tree_per_iteration is '0', not a whole number from 1"),
    ("iteration=1", "iteration=2", "1 trees, and 2 in each iteration"),
    ("iteration=1", "iteration=99999999999999999999", "not a whole number from 1"),
    ("tree_sizes=300", "tree_sizes=300 300", "line 8: tree_sizes has 2 trees, the text has 1"),
    ("regression", "regresion", "line 6: objective 'regresion' is unknown"),
    ("regression", "binary", "objective binary has sigmoid ''"),
    ("regression", "binary sigmoid:0", "objective binary has sigmoid '0'"),
    ("regression", "binary sigmoid:1e-99999", "objective binary has sigmoid"),
    ("regression", "multiclass num_class:3", "has 3 outputs, num_tree_per_iteration is 1"),
    ("num_leaves=3", "num_leaves=0", "line 11 (tree 0): num_leaves is '0'"),
    ("num_leaves=3", "num_leaves=4", "line 18 (tree 0): leaf_value has 3 numbers, not 4"),
    ("num_leaves=3", "num_leaves=18446744073709551615", "leaf_value has 3 numbers"),
    ("leaf_value=1 2 3", "leaf_value=1 2", "leaf_value has 2 numbers, not 3"),
    ("leaf_value=1 2 3", "leaf_value=1 2 x", "leaf_value holds 'x'"),
    ("split_feature=0 1\n", "", "line 10 (tree 0): split_feature is missing"),
    ("split_feature=0 1", "split_feature=0 2", "split_feature 2 is none of the 2 features"),
    ("threshold=0.5 0", "threshold=nan 0", "line 14 (tree 0): threshold holds a NaN"),
    ("threshold=0.5 0", "threshold=0.5 1", "threshold 1 is none of the 1 sets of categories"),
    ("threshold=0.5 0", "threshold=0.5 nan", "threshold NaN is none of the 1 sets"),
    ("threshold=0.5 0", "threshold=0.5 -1", "threshold -1 is none of the 1 sets"),
    ("decision_type=2 1", "decision_type=12 1", "decision_type holds 12"),
    ("decision_type=2 1", "decision_type=2 256", "decision_type holds '256'"),
    ("num_cat=1", "num_cat=0", "threshold 0 is none of the 0 sets"),
    ("num_cat=1", "num_cat=18446744073709551615", "cat_boundaries has 2 numbers"),
    ("cat_boundaries=0 2", "cat_boundaries=2 0", "cat_threshold has 2 numbers, not 0"),
    ("cat_boundaries=0 2", "cat_boundaries=5 2", "cat_boundaries falls from 5 to 2"),
    ("cat_boundaries=0 2", "cat_boundaries=0 3", "cat_threshold has 2 numbers, not 3"),
    ("left_child=1 -1", "left_child=2 -1", "left_child holds 2, and there are 2 splits"),
    ("left_child=1 -1", "left_child=1 -4", "left_child holds -4"),
    (
        "left_child=1 -1",
        "left_child=1 -9223372036854775808",
        "left_child holds -9223372036854775808",
    ),
    ("left_child=1 -1", "left_child=0 -1", "split 0 is found twice below the root"),
    ("left_child=1 -1", "left_child=1 1", "split 1 is found twice below the root"),
    ("left_child=1 -1", "left_child=-1 -1", "only 1 of 2 splits are below the root"),
    ("right_child=-3 -2", "right_child=-3 -3", "leaf 2 is found twice below the root"),
    ("leaf_count=2 3 4", "leaf_count=2 3", "leaf_count has 2 numbers, not 3"),
    ("is_linear=0", "is_linear=2", "is_linear is neither 0 nor 1"),
    ("is_linear=0", "is_linear=1", "leaf_const is missing"),
    (
        "is_linear=0",
        "is_linear=1\nleaf_const=0 0 0\nnum_features=0 0 1\nleaf_features=2\nleaf_coeff=1",
        "leaf_features 2 is none of the 2 features",
    ),
    (
        "is_linear=0",
        "is_linear=1\nleaf_const=0 0 0\nnum_features=1 18446744073709551615 1\nleaf_features=",
        "leaf_features has 0 numbers",
    ),
];

#[test]
fn errors_say_where_and_what() {
    for (from, to, expected) in BROKEN {
        assert!(SMALL.contains(from), "{from} is in the text");
        let error = Model::parse(&SMALL.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{to:?}: {error}");
        assert!(error.starts_with("LightGBM model, line "), "{error}");
        assert!(error.contains("save the model anew"), "{error}");
    }
}

#[test]
fn long_texts_are_not_repeated_in_errors() {
    let error = Model::parse(&"é".repeat(100_000)).unwrap_err().to_string();
    assert!(error.len() < 400, "{error}");
}

#[test]
fn every_beginning_of_a_model_is_refused() {
    let text = golden("categorical", "txt");
    let end = text.find("end of trees").unwrap() + "end of trees".len();
    for length in (0..end).filter(|length| text.is_char_boundary(*length)) {
        assert!(Model::parse(&text[..length]).is_err(), "{length} bytes");
    }
    assert!(Model::parse(&text[..end]).is_ok());
}

/// A chain of splits, far deeper than a thread's stack could follow.
#[test]
fn a_deep_chain_is_walked_and_not_explained() {
    let splits = 100_000;
    let numbers = |numbers: &mut dyn Iterator<Item = i64>| {
        numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
    };
    let text = format!(
        "tree\nnum_class=1\nmax_feature_idx=0\nfeature_names=a\n\nTree=0\nnum_leaves={}\nnum_cat=0\n\
         split_feature={}\nthreshold={}\nleft_child={}\nright_child={}\nleaf_value={}\n\nend of trees\n",
        splits + 1,
        numbers(&mut (0..splits).map(|_| 0)),
        numbers(&mut (0..splits)),
        numbers(&mut (0..splits).map(|at| -1 - at)),
        numbers(&mut (1..=splits).map(|at| if at == splits { -1 - at } else { at })),
        numbers(&mut (0..=splits)),
    );
    let model = Model::parse(&text).unwrap();
    let rows = [-1.0, 0.5, 77_777.0, 99_999.5].map(|value| vec![value]);
    assert_eq!(predict(&model, &rows, Kind::Value), [0.0, 1.0, 77_777.0, 100_000.0]);
    assert!(model.contributions(|_| 0.0).is_err());
}

/// A change to a text.
#[derive(Debug, Clone)]
enum Edit {
    /// Leaves out a line, or doubles it.
    Line(prop::sample::Index, bool),
    /// Puts one number in the place of another.
    Number(prop::sample::Index, String),
    /// Swaps two words.
    Swap(prop::sample::Index, prop::sample::Index),
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut words: Vec<&str> = text.split_inclusive([' ', '\n', '=']).collect();
        match self {
            Self::Line(at, double) => {
                let at = at.index(lines.len());
                if *double {
                    lines.insert(at, lines[at].clone());
                } else {
                    lines.remove(at);
                }
                lines.join("\n") + "\n"
            }
            Self::Number(at, number) => {
                let at = at.index(words.len());
                let old = words[at];
                let new = format!("{number}{}", &old[old.len().saturating_sub(1)..]);
                words[at] = &new;
                words.concat()
            }
            Self::Swap(a, b) => {
                let (a, b) = (a.index(words.len()), b.index(words.len()));
                words.swap(a, b);
                words.concat()
            }
        }
    }
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let index = any::<prop::sample::Index>;
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        (-5_i64..40).prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        "[-0-9.eE ]{0,6}",
        ".{0,3}",
    ];
    let edit = prop_oneof![
        (index(), any::<bool>()).prop_map(|(at, double)| Edit::Line(at, double)),
        (index(), number).prop_map(|(at, number)| Edit::Number(at, number)),
        (index(), index()).prop_map(|(a, b)| Edit::Swap(a, b)),
    ];
    prop::collection::vec(edit, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]

    /// Whatever still is a model predicts.
    #[test]
    fn a_changed_text_is_refused_or_predicts(name in prop::sample::select(&[
        "small", "categorical", "linear", "multiclass_ova", "one_leaf", "random_forest",
    ][..]), edits in edits()) {
        let text = if name == "small" { SMALL.to_owned() } else { golden(name, "txt") };
        let text = edits.iter().fold(text, |text, edit| edit.apply(&text));
        if let Ok(model) = Model::parse(&text) {
            let values = [0.0, f64::NAN, -1e9, 1e300, f64::INFINITY, 3.7];
            let rows: Vec<Vec<f64>> =
                values.iter().map(|value| vec![*value; model.features().len()]).collect();
            let predictions = predict(&model, &rows, Kind::Value);
            prop_assert_eq!(predictions.len(), rows.len() * model.outputs());
            let _ = model.contributions(|_| 0.5);
        }
    }
}
