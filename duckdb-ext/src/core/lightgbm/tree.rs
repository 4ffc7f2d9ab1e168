//! One tree, read and checked: nothing that walks it has anything left to check.

use super::text::{ModelError, Section};

/// A tree: split 0 is the root, or, with no split at all, leaf 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// One less than there are leaves. Every split but the root, and every leaf, is the child of
    /// exactly one split, and all are below the root.
    pub(super) splits: Vec<Split>,
    /// What a row that ends in a leaf adds to the score.
    pub(super) leaves: Vec<f64>,
    /// The linear model of each leaf, where the tree has them.
    pub(super) linear: Option<Vec<Linear>>,
    /// The sets of categories, as bits, that the splits name.
    pub(super) sets: Vec<Vec<u32>>,
    /// How many rows of the training data came by, where the text tells, or there is no split.
    pub(super) counts: Option<Counts>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    pub(super) feature: usize,
    pub(super) test: Test,
    pub(super) left: Child,
    pub(super) right: Child,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    Split(usize),
    Leaf(usize),
}

/// Which rows go left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Test {
    /// Those with a value of at most `threshold`, which is no NaN; missing ones as told.
    AtMost { threshold: f64, missing: Missing },
    /// Those whose value, its fraction cut off, is in the set.
    In(usize),
}

/// What counts as missing, and where it goes. NaN that does not count as missing is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    Nothing,
    /// 0 and NaN.
    Zero {
        left: bool,
    },
    Nan {
        left: bool,
    },
}

/// Rows of the training data, by split and by leaf.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) splits: Vec<i32>,
    pub(super) leaves: Vec<i32>,
}

/// A leaf's own linear model: `constant` + Σ coefficient · feature; the leaf's plain value where one
/// of the features is NaN.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Linear {
    pub(super) constant: f64,
    pub(super) terms: Vec<(usize, f64)>,
}

impl Tree {
    /// Reads a tree of a model with this many features.
    pub(super) fn read(section: &Section<'_>, features: usize) -> Result<Self, ModelError> {
        let leaf_count = section.count("num_leaves", 1)?;
        let leaves: Vec<f64> = section.numbers("leaf_value", leaf_count)?;
        // From here on every count is that of numbers in the text.
        let split_count = leaves.len() - 1;
        let sets = read_sets(section)?;
        let splits = if split_count == 0 {
            Vec::new()
        } else {
            read_splits(section, split_count, features, sets.len())?
        };
        check_shape(section, &splits)?;
        let counts = read_counts(section, split_count)?;
        let linear = read_linear(section, leaves.len(), features)?;
        Ok(Self { splits, leaves, linear, sets, counts })
    }
}

/// The bits of categories stand in one row, which `cat_boundaries` cuts into sets.
fn read_sets(section: &Section<'_>) -> Result<Vec<Vec<u32>>, ModelError> {
    let count = section.count("num_cat", 0)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let expected = count.saturating_add(1);
    let boundaries: Vec<usize> = section.numbers("cat_boundaries", expected)?;
    let words: Vec<u32> =
        section.numbers("cat_threshold", boundaries.last().copied().unwrap_or_default())?;
    let mut sets = Vec::with_capacity(count);
    for pair in boundaries.windows(2) {
        let set = words.get(pair[0]..pair[1]).ok_or_else(|| {
            let problem = format!("cat_boundaries falls from {} to {}", pair[0], pair[1]);
            section.error_at("cat_boundaries", problem)
        })?;
        sets.push(set.to_vec());
    }
    Ok(sets)
}

fn read_splits(
    section: &Section<'_>,
    count: usize,
    features: usize,
    sets: usize,
) -> Result<Vec<Split>, ModelError> {
    let split_features: Vec<usize> = section.numbers("split_feature", count)?;
    let thresholds: Vec<f64> = section.numbers("threshold", count)?;
    let kinds: Option<Vec<u8>> = section.optional_numbers("decision_type", count)?;
    let left: Vec<i64> = section.numbers("left_child", count)?;
    let right: Vec<i64> = section.numbers("right_child", count)?;
    let mut splits = Vec::with_capacity(count);
    for at in 0..count {
        let feature = split_features[at];
        if feature >= features {
            let problem = format!("split_feature {feature} is none of the {features} features");
            return Err(section.error_at("split_feature", problem));
        }
        let kind = kinds.as_ref().map_or(0, |kinds| kinds[at]);
        splits.push(Split {
            feature,
            test: test(section, kind, thresholds[at], sets)?,
            left: child(section, "left_child", left[at], count)?,
            right: child(section, "right_child", right[at], count)?,
        });
    }
    Ok(splits)
}

/// A test from the bits of its kind: categories, missing goes left, and two of what is missing.
fn test(section: &Section<'_>, kind: u8, threshold: f64, sets: usize) -> Result<Test, ModelError> {
    if kind & 1 == 1 {
        let set = threshold as usize;
        if threshold >= 0.0 && set < sets {
            return Ok(Test::In(set));
        }
        let problem = format!("threshold {threshold} is none of the {sets} sets of categories");
        return Err(section.error_at("threshold", problem));
    }
    let left = kind & 2 == 2;
    let missing = match kind >> 2 {
        0 => Missing::Nothing,
        1 => Missing::Zero { left },
        2 => Missing::Nan { left },
        _ => return Err(section.error_at("decision_type", format!("decision_type holds {kind}"))),
    };
    if threshold.is_nan() {
        return Err(section.error_at("threshold", "threshold holds a NaN"));
    }
    Ok(Test::AtMost { threshold, missing })
}

/// A child as it is written: splits from 0 up, leaves from -1 down.
fn child(
    section: &Section<'_>,
    key: &str,
    number: i64,
    splits: usize,
) -> Result<Child, ModelError> {
    let child = match usize::try_from(number) {
        Ok(split) if split < splits => Some(Child::Split(split)),
        Ok(_) => None,
        Err(_) => usize::try_from(!number).ok().filter(|leaf| *leaf <= splits).map(Child::Leaf),
    };
    child.ok_or_else(|| {
        let problem = format!("{key} holds {number}, and there are {splits} splits");
        section.error_at(key, problem)
    })
}

/// The splits must form one tree: everything is found once on the way down from the root.
fn check_shape(section: &Section<'_>, splits: &[Split]) -> Result<(), ModelError> {
    let twice = |what: &str, at: usize| {
        section.error_at("left_child", format!("{what} {at} is found twice below the root"))
    };
    let mut seen_leaves = vec![false; splits.len() + 1];
    let mut seen_splits = vec![false; splits.len()];
    let mut found = 0;
    let mut open: Vec<usize> = if splits.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen_splits[at], true) {
            return Err(twice("split", at));
        }
        found += 1;
        for child in [splits[at].left, splits[at].right] {
            match child {
                Child::Split(split) => open.push(split),
                Child::Leaf(leaf) => {
                    if std::mem::replace(&mut seen_leaves[leaf], true) {
                        return Err(twice("leaf", leaf));
                    }
                }
            }
        }
    }
    if found == splits.len() {
        return Ok(());
    }
    let problem = format!("only {found} of {} splits are below the root", splits.len());
    Err(section.error_at("left_child", problem))
}

fn read_counts(section: &Section<'_>, splits: usize) -> Result<Option<Counts>, ModelError> {
    if splits == 0 {
        return Ok(Some(Counts::default()));
    }
    let leaves = section.optional_numbers("leaf_count", splits + 1)?;
    let splits = section.optional_numbers("internal_count", splits)?;
    Ok(splits.zip(leaves).map(|(splits, leaves)| Counts { splits, leaves }))
}

fn read_linear(
    section: &Section<'_>,
    leaves: usize,
    features: usize,
) -> Result<Option<Vec<Linear>>, ModelError> {
    match section.get("is_linear") {
        None | Some("0") => return Ok(None),
        Some("1") => {}
        Some(_) => return Err(section.error_at("is_linear", "is_linear is neither 0 nor 1")),
    }
    let constants: Vec<f64> = section.numbers("leaf_const", leaves)?;
    let counts: Vec<usize> = section.numbers("num_features", leaves)?;
    let total = counts.iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
    let names: Vec<usize> = section.numbers("leaf_features", total)?;
    let coefficients: Vec<f64> = section.numbers("leaf_coeff", total)?;
    if let Some(name) = names.iter().find(|name| **name >= features) {
        let problem = format!("leaf_features {name} is none of the {features} features");
        return Err(section.error_at("leaf_features", problem));
    }
    let mut terms = names.into_iter().zip(coefficients);
    let linear = constants
        .into_iter()
        .zip(counts)
        .map(|(constant, count)| Linear { constant, terms: terms.by_ref().take(count).collect() });
    Ok(Some(linear.collect()))
}
