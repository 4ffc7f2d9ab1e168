//! How much each feature adds to a raw score: SHAP values by the tree algorithm of Lundberg, Erion
//! and Lee (arXiv 1802.03888), the operations in LightGBM's order.

use super::encode::{category, contains, rounded};
use super::tree::{Child, Counts, Missing, Test, Tree};

/// The deepest tree that is explained: work grows with the square of the depth.
pub(super) const DEEPEST: usize = 1000;

/// A feature that was met on the way down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    /// None where the way begins.
    feature: Option<usize>,
    /// The share of the training data that goes this way.
    share: f64,
    /// 1 where the row goes this way, 0 where it does not.
    followed: f64,
    /// Of the subsets that have as many features as stand before this one.
    weight: f64,
}

/// Adds what a tree says of one row: for each feature its contribution, and, behind them, the mean
/// over the training data. `value` gives a feature, NaN where it is missing. `path` is memory to use
/// again.
pub(super) fn explain(
    tree: &Tree,
    counts: &Counts,
    value: &impl Fn(usize) -> f64,
    path: &mut Vec<Element>,
    contributions: &mut [f64],
) {
    let Some((mean, contributions)) = contributions.split_last_mut() else { return };
    if tree.splits.is_empty() {
        *mean += tree.leaves[0];
        return;
    }
    let total = f64::from(counts.splits[0]);
    let shares = counts.leaves.iter().map(|count| f64::from(*count) / total);
    *mean += shares.zip(&tree.leaves).fold(0.0, |mean, (share, leaf)| mean + share * leaf);
    path.clear();
    let begin = Element { feature: None, share: 1.0, followed: 1.0, weight: 0.0 };
    Way { tree, counts, value, path, contributions }.descend(Child::Split(0), 0, begin);
}

struct Way<'a, V> {
    tree: &'a Tree,
    counts: &'a Counts,
    value: &'a V,
    /// The paths to the nodes above, one behind the other.
    path: &'a mut Vec<Element>,
    contributions: &'a mut [f64],
}

impl<V: Fn(usize) -> f64> Way<'_, V> {
    /// Goes on to `child`, from a node whose path begins at `parent` and ends where all end.
    fn descend(&mut self, child: Child, parent: usize, element: Element) {
        let start = self.path.len();
        self.path.extend_from_within(parent..);
        extend(self.path, start, element);
        match child {
            Child::Leaf(leaf) => {
                let path = &self.path[start..];
                for (at, element) in path.iter().enumerate() {
                    let Some(feature) = element.feature else { continue };
                    let weight = weight_without(path, at);
                    self.contributions[feature] +=
                        weight * (element.followed - element.share) * self.tree.leaves[leaf];
                }
            }
            Child::Split(at) => {
                let split = &self.tree.splits[at];
                let count = f64::from(self.counts.splits[at]);
                let (hot, cold) = if self.goes_left(split.feature, split.test) {
                    (split.left, split.right)
                } else {
                    (split.right, split.left)
                };
                // A feature that was met before counts once, with both splits together.
                let (mut share, mut followed) = (1.0, 1.0);
                let met = |element: &Element| element.feature == Some(split.feature);
                if let Some(at) = self.path[start..].iter().position(met) {
                    Element { share, followed, .. } = self.path[start + at];
                    remove(self.path, start, at);
                }
                let end = self.path.len();
                for (child, followed) in [(hot, followed), (cold, 0.0)] {
                    let share = self.count(child) / count * share;
                    let feature = Some(split.feature);
                    let element = Element { feature, share, followed, weight: 0.0 };
                    self.descend(child, start, element);
                    self.path.truncate(end);
                }
            }
        }
    }

    fn count(&self, child: Child) -> f64 {
        f64::from(match child {
            Child::Split(at) => self.counts.splits[at],
            Child::Leaf(at) => self.counts.leaves[at],
        })
    }

    fn goes_left(&self, feature: usize, test: Test) -> bool {
        let value = rounded((self.value)(feature));
        match test {
            Test::In(set) => contains(&self.tree.sets[set], category(value)),
            Test::AtMost { threshold, missing } => match missing {
                Missing::Zero { left } if value.is_nan() || value == 0.0 => left,
                Missing::Nan { left } if value.is_nan() => left,
                _ if value.is_nan() => 0.0 <= threshold,
                _ => value <= threshold,
            },
        }
    }
}

/// Puts an element at the end of the path that begins at `start`.
fn extend(path: &mut Vec<Element>, start: usize, element: Element) {
    let last = path.len() - start;
    path.push(Element { weight: if last == 0 { 1.0 } else { 0.0 }, ..element });
    let (path, length) = (&mut path[start..], (last + 1) as f64);
    for at in (0..last).rev() {
        let weight = path[at].weight;
        path[at + 1].weight += element.followed * weight * (at + 1) as f64 / length;
        path[at].weight = element.share * weight * (last - at) as f64 / length;
    }
}

/// Takes an element out of the path that begins at `start`, as if it had never been put in.
fn remove(path: &mut Vec<Element>, start: usize, at: usize) {
    let elements = &mut path[start..];
    let last = elements.len() - 1;
    let length = (last + 1) as f64;
    let Element { share, followed, .. } = elements[at];
    let mut next = elements[last].weight;
    for at in (0..last).rev() {
        let weight = elements[at].weight;
        if followed == 0.0 {
            elements[at].weight = weight * length / (share * (last - at) as f64);
        } else {
            elements[at].weight = next * length / ((at + 1) as f64 * followed);
            next = weight - elements[at].weight * share * (last - at) as f64 / length;
        }
    }
    // The weights belong to the places, the rest to the features.
    for at in at..last {
        elements[at] = Element { weight: elements[at].weight, ..elements[at + 1] };
    }
    path.pop();
}

/// What the weights of a path sum up to without one of its elements.
fn weight_without(path: &[Element], at: usize) -> f64 {
    let last = path.len() - 1;
    let length = (last + 1) as f64;
    let Element { share, followed, .. } = path[at];
    let mut next = path[last].weight;
    let mut total = 0.0;
    for at in (0..last).rev() {
        let part = (last - at) as f64 / length;
        if followed == 0.0 {
            total += path[at].weight / share / part;
        } else {
            let weight = next * length / ((at + 1) as f64 * followed);
            total += weight;
            next = path[at].weight - weight * share * part;
        }
    }
    total
}
