//! Random trees against a straightforward evaluation: recursion, one row at a time, the rules as the
//! documentation has them.

use super::predict;
use crate::core::lightgbm::{Kind, Model};
use proptest::prelude::*;
use std::fmt::Write as _;

const FEATURES: usize = 4;

#[derive(Debug, Clone)]
enum Node {
    Leaf(f64),
    Split { feature: usize, test: Test, left: Box<Node>, right: Box<Node> },
}

#[derive(Debug, Clone)]
enum Test {
    AtMost { threshold: f64, missing: &'static str, default_left: bool },
    In(Vec<u32>),
}

impl Node {
    fn evaluate(&self, row: &[f64]) -> f64 {
        match self {
            Self::Leaf(value) => *value,
            Self::Split { feature, test, left, right } => {
                let side = if test.goes_left(row[*feature]) { left } else { right };
                side.evaluate(row)
            }
        }
    }
}

impl Test {
    fn goes_left(&self, value: f64) -> bool {
        let zero = value.abs() <= 1.0000000180025095e-35;
        match self {
            Self::AtMost { missing: "nan", default_left, .. } if value.is_nan() => *default_left,
            Self::AtMost { missing: "zero", default_left, .. } if value.is_nan() || zero => {
                *default_left
            }
            Self::AtMost { threshold, .. } if value.is_nan() || zero => 0.0 <= *threshold,
            Self::AtMost { threshold, .. } => value <= *threshold,
            Self::In(set) => set.iter().any(|member| {
                let whole = value.trunc();
                !value.is_nan() && whole == f64::from(*member)
            }),
        }
    }
}

/// The lines of a tree, as LightGBM writes it.
#[derive(Default)]
struct Lines {
    features: Vec<String>,
    thresholds: Vec<String>,
    kinds: Vec<String>,
    left: Vec<i64>,
    right: Vec<i64>,
    leaves: Vec<String>,
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Lines {
    fn of(tree: &Node) -> String {
        let mut lines = Self { boundaries: vec![0], ..Self::default() };
        lines.add(tree);
        let numbers =
            |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        let mut text = format!(
            "num_leaves={}\nnum_cat={}\nsplit_feature={}\nthreshold={}\ndecision_type={}\n\
             left_child={}\nright_child={}\nleaf_value={}\n",
            lines.leaves.len(),
            lines.boundaries.len() - 1,
            lines.features.join(" "),
            lines.thresholds.join(" "),
            lines.kinds.join(" "),
            numbers(&lines.left),
            numbers(&lines.right),
            lines.leaves.join(" "),
        );
        if lines.boundaries.len() > 1 {
            let words: Vec<String> = lines.words.iter().map(u32::to_string).collect();
            let boundaries: Vec<String> = lines.boundaries.iter().map(usize::to_string).collect();
            let (boundaries, words) = (boundaries.join(" "), words.join(" "));
            writeln!(text, "cat_boundaries={boundaries}\ncat_threshold={words}").unwrap();
        }
        text
    }

    /// Adds a node and all below it; its number, as children are written.
    fn add(&mut self, node: &Node) -> i64 {
        match node {
            Node::Leaf(value) => {
                self.leaves.push(format!("{value:?}"));
                -(self.leaves.len() as i64)
            }
            Node::Split { feature, test, left, right } => {
                let at = self.features.len();
                self.features.push(feature.to_string());
                let (threshold, kind) = match test {
                    Test::AtMost { threshold, missing, default_left } => {
                        let missing = ["none", "zero", "nan"].iter().position(|m| m == missing);
                        let kind = missing.unwrap() * 4 + usize::from(*default_left) * 2;
                        (format!("{threshold:?}"), kind)
                    }
                    Test::In(set) => {
                        let number = self.boundaries.len() - 1;
                        let mut words = vec![0; 3];
                        set.iter()
                            .for_each(|member| words[*member as usize / 32] |= 1 << (member % 32));
                        self.words.extend(words);
                        self.boundaries.push(self.words.len());
                        (number.to_string(), 1)
                    }
                };
                self.thresholds.push(threshold);
                self.kinds.push(kind.to_string());
                self.left.push(0);
                self.right.push(0);
                self.left[at] = self.add(left);
                self.right[at] = self.add(right);
                at as i64
            }
        }
    }
}

/// Numbers that meet often, and the edges of what is 0.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-6_i32..6).prop_map(|number| f64::from(number) / 2.0),
        prop::sample::select(
            &[
                0.0,
                -0.0,
                5e-324,
                1e-36,
                -1e-36,
                1.0000000180025095e-35,
                -1.0000000180025095e-35,
                1.1e-35,
                1e308,
                -1e308,
                f64::INFINITY,
                f64::NEG_INFINITY,
                31.0,
                32.5,
                95.0,
                96.0,
            ][..]
        ),
        -100.0..100.0,
    ]
}

fn split() -> impl Strategy<Value = (usize, Test)> {
    let missing = prop::sample::select(&["none", "zero", "nan"][..]);
    let test = prop_oneof![
        4 => (number(), missing, any::<bool>())
            .prop_map(|(threshold, missing, default_left)| Test::AtMost { threshold, missing, default_left }),
        1 => prop::collection::vec(0_u32..96, 0..6).prop_map(Test::In),
    ];
    (0..FEATURES, test)
}

fn tree() -> impl Strategy<Value = Node> {
    let leaf = (-1e3..1e3).prop_map(Node::Leaf);
    leaf.prop_recursive(24, 80, 2, |below| {
        (split(), below.clone(), below).prop_map(|((feature, test), left, right)| Node::Split {
            feature,
            test,
            left: Box::new(left),
            right: Box::new(right),
        })
    })
}

fn rows() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let value = prop_oneof![6 => number(), 1 => Just(f64::NAN)];
    prop::collection::vec(prop::collection::vec(value, FEATURES), 1..40)
}

fn text(trees: &[Node], outputs: usize) -> String {
    let mut text = format!(
        "tree\nnum_class={outputs}\nmax_feature_idx={}\nfeature_names=a b c d\n\n",
        FEATURES - 1
    );
    for (at, tree) in trees.iter().enumerate() {
        writeln!(text, "Tree={at}\n{}", Lines::of(tree)).unwrap();
    }
    text + "end of trees\n"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..Default::default() })]

    #[test]
    fn scores_are_those_of_the_straightforward_way(
        trees in prop::collection::vec(tree(), 1..6), two in any::<bool>(), rows in rows(),
    ) {
        let outputs = if two && trees.len() % 2 == 0 { 2 } else { 1 };
        let model = Model::parse(&text(&trees, outputs)).unwrap();
        let scores = predict(&model, &rows, Kind::Value);
        prop_assert_eq!(scores.len(), rows.len() * outputs);
        for (row, scores) in rows.iter().zip(scores.chunks_exact(outputs)) {
            for (output, score) in scores.iter().enumerate() {
                let of_output = trees.iter().skip(output).step_by(outputs);
                let expected = of_output.fold(0.0, |sum, tree| sum + tree.evaluate(row));
                prop_assert_eq!(score.to_bits(), expected.to_bits(), "{:?}", row);
            }
        }
    }
}

/// More thresholds of one feature than codes, under every rule for missing values.
#[test]
fn many_thresholds_under_every_rule() {
    let trees: Vec<Node> = (0..2000)
        .map(|at| {
            let threshold = f64::from((at * 7919) % 2000) / 8.0 - 100.0;
            let missing = ["none", "zero", "nan"][at as usize % 3];
            let test = Test::AtMost { threshold, missing, default_left: at % 2 == 0 };
            let (left, right) = (Node::Leaf(f64::from(at)), Node::Leaf(0.5));
            Node::Split { feature: 1, test, left: Box::new(left), right: Box::new(right) }
        })
        .collect();
    let model = Model::parse(&text(&trees, 1)).unwrap();
    let mut values: Vec<f64> = (-1700..1700).map(|at| f64::from(at) / 16.0).collect();
    values.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-36]);
    let rows: Vec<Vec<f64>> = values.iter().map(|value| vec![0.0, *value, 0.0, 0.0]).collect();
    for (row, score) in rows.iter().zip(predict(&model, &rows, Kind::Raw)) {
        let expected = trees.iter().fold(0.0, |sum, tree| sum + tree.evaluate(row));
        assert_eq!(score.to_bits(), expected.to_bits(), "{row:?}");
    }
}
