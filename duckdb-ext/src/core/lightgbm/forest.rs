//! All trees of a model, laid out to be walked by many rows at a time.
//!
//! Rows go in blocks, tree after tree: a tree's nodes and a block's codes stay in the nearest cache.
//! A step compares two bytes and adds the outcome to an index; nothing is there to mispredict, and
//! the steps of several rows overlap.

use super::encode::{Encoder, HIGHEST, LANES, Lanes, Plan, contains, rounded};
use super::tree::{Child, Linear, Test, Tree};
use std::ops::Range;

/// How large the codes of a block may be: most of a nearest cache. Wide rows still go in blocks of
/// several groups.
const BLOCK_BYTES: usize = 32 * 1024;
const BLOCK_ROWS: Range<usize> = 8 * LANES..128 * LANES;

/// How many steps are made before looking whether all rows have arrived, at first and then again.
/// Most trees are not as deep as the first.
const STEPS: (usize, usize) = (16, 8);

/// In [`Node::test`]: the split takes categories.
const CATEGORICAL: u32 = 1 << 31;
const COLUMN_SHIFT: u32 = 8;

/// The trees of a model.
#[derive(Debug)]
pub(super) struct Forest {
    encoder: Encoder,
    trees: Vec<Layout>,
    /// Of all trees; indices into them count from the tree's first.
    nodes: Vec<Node>,
    /// What a row that ends at this node adds; 0 for splits.
    values: Vec<f64>,
    choices: Vec<Choice>,
    /// The sets that choices name.
    bits: Vec<u32>,
}

#[derive(Debug)]
struct Layout {
    nodes: Range<usize>,
    depth: usize,
    categorical: bool,
    /// By node.
    linear: Option<Vec<Linear>>,
}

/// A split or a leaf.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// The left child, whose neighbour is the right one. A leaf is its own child.
    left: u32,
    /// The column, and in the low byte the highest code that goes left: for leaves, all codes do.
    /// Or [`CATEGORICAL`] and the number of a choice.
    test: u32,
}

/// A split on categories.
#[derive(Debug)]
struct Choice {
    /// Of the feature, among a row's categories.
    place: usize,
    /// The set that goes left.
    set: Range<usize>,
}

/// Memory that calls reuse.
#[derive(Debug, Default)]
pub struct Scratch {
    codes: Vec<Lanes<u8>>,
    categories: Vec<Lanes<u32>>,
    /// The leaves where rows end.
    ends: Vec<Lanes<u32>>,
}

/// A model has more columns or nodes than their numbers have bits for.
#[derive(Debug)]
pub(super) struct TooLarge;

impl Forest {
    pub(super) fn new(trees: &[Tree]) -> Result<Self, TooLarge> {
        let plan = Plan::new(trees);
        let mut forest = Self {
            encoder: Encoder::new(&plan),
            trees: Vec::with_capacity(trees.len()),
            nodes: Vec::new(),
            values: Vec::new(),
            choices: Vec::new(),
            bits: Vec::new(),
        };
        for tree in trees {
            forest.plant(tree, &plan)?;
        }
        Ok(forest)
    }

    /// Lays out a tree level by level, so that siblings are neighbours.
    fn plant(&mut self, tree: &Tree, plan: &Plan) -> Result<(), TooLarge> {
        let mut sets = Vec::with_capacity(tree.sets.len());
        for set in &tree.sets {
            let start = self.bits.len();
            self.bits.extend(set);
            sets.push(start..self.bits.len());
        }
        let start = self.nodes.len();
        let root = if tree.splits.is_empty() { Child::Leaf(0) } else { Child::Split(0) };
        let mut order = vec![(root, 0)];
        let mut at = 0;
        while let Some(&(child, depth)) = order.get(at) {
            let (node, value) = match child {
                Child::Leaf(leaf) => (Node::new(at, 0, HIGHEST)?, tree.leaves[leaf]),
                Child::Split(split) => {
                    let split = &tree.splits[split];
                    let left = order.len();
                    order.extend([(split.left, depth + 1), (split.right, depth + 1)]);
                    let node = match split.test {
                        Test::AtMost { threshold, missing } => {
                            let (column, rank) = plan.column(split.feature, threshold, missing);
                            Node::new(left, column, rank)?
                        }
                        Test::In(set) => {
                            let place = plan.category(split.feature);
                            self.choices.push(Choice { place, set: sets[set].clone() });
                            Node::categorical(left, self.choices.len() - 1)?
                        }
                    };
                    (node, 0.0)
                }
            };
            self.nodes.push(node);
            self.values.push(value);
            at += 1;
        }
        let linear = tree.linear.as_ref().map(|linear| {
            let of_node = |(child, _): &(Child, usize)| match *child {
                Child::Leaf(leaf) => linear[leaf].clone(),
                Child::Split(_) => Linear::default(),
            };
            order.iter().map(of_node).collect()
        });
        self.trees.push(Layout {
            nodes: start..self.nodes.len(),
            depth: order.last().map_or(0, |(_, depth)| *depth),
            categorical: tree.splits.iter().any(|split| matches!(split.test, Test::In(_))),
            linear,
        });
        Ok(())
    }

    /// How many splits deep the deepest tree is.
    pub(super) fn depth(&self) -> usize {
        self.trees.iter().map(|tree| tree.depth).max().unwrap_or_default()
    }

    /// Adds what the trees say to the scores of rows of `outputs` scores each, tree by tree in their
    /// order; the trees serve the outputs in turn. `value` gives a row's feature, NaN where it is
    /// missing.
    pub(super) fn add(
        &self,
        trees: Range<usize>,
        outputs: usize,
        value: &impl Fn(usize, usize) -> f64,
        scratch: &mut Scratch,
        scores: &mut [f64],
    ) {
        let (width, category_width) = (self.encoder.width(), self.encoder.category_width());
        let block = (BLOCK_BYTES / width).clamp(BLOCK_ROWS.start, BLOCK_ROWS.end);
        let groups = block.div_ceil(LANES);
        scratch.codes.resize(groups * width, [0; LANES]);
        scratch.categories.resize(groups * category_width, [0; LANES]);
        scratch.ends.resize(groups, [0; LANES]);
        let Scratch { codes, categories, ends } = scratch;
        for (number, scores) in scores.chunks_mut(groups * LANES * outputs).enumerate() {
            let first = number * groups * LANES;
            let value = |row: usize, feature: usize| value(first + row, feature);
            let rows = scores.len() / outputs;
            self.encoder.encode(rows, &value, codes, categories);
            let ends = &mut ends[..rows.div_ceil(LANES)];
            for (output, tree) in (0..outputs).cycle().zip(&self.trees[trees.clone()]) {
                if tree.categorical {
                    self.walk::<true>(tree, codes, categories, ends);
                } else {
                    self.walk::<false>(tree, codes, categories, ends);
                }
                let values = &self.values[tree.nodes.clone()];
                let ends = ends.as_flattened().iter().map(|end| *end as usize).enumerate();
                for ((row, end), scores) in ends.zip(scores.chunks_exact_mut(outputs)) {
                    scores[output] += match &tree.linear {
                        None => values[end],
                        Some(linear) => {
                            linear[end].value(values[end], |at| rounded(value(row, at)))
                        }
                    };
                }
            }
        }
    }

    /// Finds the leaves where the rows of each group end. By itself, so that a row's place in the tree
    /// stays in a register.
    #[inline(never)]
    fn walk<const CATEGORIES: bool>(
        &self,
        tree: &Layout,
        codes: &[Lanes<u8>],
        categories: &[Lanes<u32>],
        ends: &mut [Lanes<u32>],
    ) {
        let (width, category_width) = (self.encoder.width(), self.encoder.category_width());
        let nodes = &self.nodes[tree.nodes.clone()];
        for (group, end) in ends.iter_mut().enumerate() {
            let codes = &codes[group * width..][..width];
            let categories = &categories[group * category_width..][..category_width];
            let mut at = [0; LANES];
            let mut left = tree.depth;
            let mut steps = STEPS.0.min(left);
            loop {
                for _ in 0..steps {
                    for (lane, at) in at.iter_mut().enumerate() {
                        *at = self.step::<CATEGORIES>(nodes, *at, codes, categories, lane);
                    }
                }
                left -= steps;
                if left == 0 || at.iter().all(|at| nodes[*at as usize].left == *at) {
                    break;
                }
                steps = STEPS.1.min(left);
            }
            *end = at;
        }
    }

    #[inline(always)]
    fn step<const CATEGORIES: bool>(
        &self,
        nodes: &[Node],
        at: u32,
        codes: &[Lanes<u8>],
        categories: &[Lanes<u32>],
        lane: usize,
    ) -> u32 {
        let Node { left, test } = nodes[at as usize];
        let right = if CATEGORIES && test & CATEGORICAL != 0 {
            let choice = &self.choices[(test & !CATEGORICAL) as usize];
            !contains(&self.bits[choice.set.clone()], categories[choice.place][lane])
        } else {
            codes[(test >> COLUMN_SHIFT) as usize][lane] > test as u8
        };
        // Never beyond the tree's nodes; a check would cost as much as the comparison.
        left.wrapping_add(u32::from(right))
    }
}

impl Node {
    fn new(left: usize, column: usize, rank: u8) -> Result<Self, TooLarge> {
        const MOST: usize = ((CATEGORICAL >> COLUMN_SHIFT) - 1) as usize;
        if column > MOST {
            return Err(TooLarge);
        }
        let test = (column as u32) << COLUMN_SHIFT | u32::from(rank);
        Ok(Self { left: u32::try_from(left).map_err(|_| TooLarge)?, test })
    }

    fn categorical(left: usize, choice: usize) -> Result<Self, TooLarge> {
        let choice = u32::try_from(choice).ok().filter(|choice| choice & CATEGORICAL == 0);
        let left = u32::try_from(left).map_err(|_| TooLarge)?;
        Ok(Self { left, test: CATEGORICAL | choice.ok_or(TooLarge)? })
    }
}

impl Linear {
    /// The leaf's own value is taken where a feature is NaN.
    fn value(&self, leaf: f64, feature: impl Fn(usize) -> f64) -> f64 {
        let mut value = self.constant;
        for &(at, coefficient) in &self.terms {
            let feature = feature(at);
            if feature.is_nan() {
                return leaf;
            }
            value += coefficient * feature;
        }
        value
    }
}
