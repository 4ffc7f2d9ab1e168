//! Features as small whole numbers. All that a tree asks of a feature is on which side of a
//! threshold it lies, so the number of thresholds below it, one byte, is as good as the value.
//!
//! A feature with many thresholds has several scales. The rules for missing values are settled here
//! as well: each rule that the splits of a scale have makes a column of codes of its own.

use super::tree::{Missing, Test, Tree};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows that are encoded side by side: as many as a walk holds in registers.
pub(super) const LANES: usize = 8;

/// Of one column: the values of [`LANES`] rows.
pub(super) type Lanes<T> = [T; LANES];

/// The most thresholds of a scale: ranks are 0 to 253, codes 0 to 254.
const SCALE: usize = 254;

/// A code above the rank of every threshold.
pub(super) const HIGHEST: u8 = u8::MAX;

/// A category that is in no set.
const NO_CATEGORY: u32 = u32::MAX;

/// What LightGBM takes for 0: the single-precision number nearest 1e-35, and all below it.
const ZERO: f64 = 1e-35_f32 as f64;

/// Turns features into codes and categories.
#[derive(Debug)]
pub(super) struct Encoder {
    scales: Vec<Scale>,
    /// The thresholds of all scales.
    thresholds: Vec<f64>,
    columns: Vec<Column>,
    /// The features that splits take for categories.
    categories: Vec<usize>,
}

/// Consecutive thresholds of a feature.
#[derive(Debug)]
struct Scale {
    feature: usize,
    thresholds: Range<usize>,
    columns: Range<usize>,
}

/// The codes of a scale under one rule for missing values.
#[derive(Debug)]
struct Column {
    zero_is_missing: bool,
    missing: u8,
}

/// Which columns and categories the splits of a forest read.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By feature, ascending, each once.
    thresholds: BTreeMap<usize, Vec<f64>>,
    /// The number of a column, by feature, scale and rule.
    columns: BTreeMap<(usize, usize, Missing), usize>,
    /// A feature's place among the categories.
    categories: BTreeMap<usize, usize>,
}

impl Plan {
    pub(super) fn new(trees: &[Tree]) -> Self {
        let splits = || trees.iter().flat_map(|tree| &tree.splits);
        let mut plan = Self::default();
        for split in splits() {
            match split.test {
                Test::AtMost { threshold, .. } => {
                    plan.thresholds.entry(split.feature).or_default().push(threshold);
                }
                Test::In(_) => {
                    plan.categories.insert(split.feature, 0);
                }
            }
        }
        for thresholds in plan.thresholds.values_mut() {
            thresholds.sort_by(f64::total_cmp);
            thresholds.dedup_by(|a, b| a == b);
        }
        for split in splits() {
            if let Test::AtMost { threshold, missing } = split.test {
                let scale = plan.rank(split.feature, threshold) / SCALE;
                plan.columns.insert((split.feature, scale, missing), 0);
            }
        }
        // In the order of the keys, so that the columns of a scale are neighbours.
        plan.columns.values_mut().enumerate().for_each(|(number, column)| *column = number);
        plan.categories.values_mut().enumerate().for_each(|(number, place)| *place = number);
        plan
    }

    fn rank(&self, feature: usize, threshold: f64) -> usize {
        self.thresholds[&feature].partition_point(|other| *other < threshold)
    }

    /// The column that a split reads, and the highest code that goes left.
    pub(super) fn column(&self, feature: usize, threshold: f64, missing: Missing) -> (usize, u8) {
        let rank = self.rank(feature, threshold);
        (self.columns[&(feature, rank / SCALE, missing)], (rank % SCALE) as u8)
    }

    pub(super) fn category(&self, feature: usize) -> usize {
        self.categories[&feature]
    }
}

impl Encoder {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut encoder = Self {
            scales: Vec::new(),
            thresholds: Vec::new(),
            columns: Vec::new(),
            categories: plan.categories.keys().copied().collect(),
        };
        let keys: Vec<_> = plan.columns.keys().copied().collect();
        for rules in keys.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (feature, scale, _) = rules[0];
            let all = &plan.thresholds[&feature][scale * SCALE..];
            let thresholds = &all[..all.len().min(SCALE)];
            let (first, start) = (encoder.columns.len(), encoder.thresholds.len());
            encoder.columns.extend(rules.iter().map(|rule| Column::new(thresholds, rule.2)));
            encoder.thresholds.extend(thresholds);
            encoder.scales.push(Scale {
                feature,
                thresholds: start..encoder.thresholds.len(),
                columns: first..encoder.columns.len(),
            });
        }
        encoder
    }

    /// How many codes a row has; at least one.
    pub(super) fn width(&self) -> usize {
        self.columns.len().max(1)
    }

    /// How many categories a row has.
    pub(super) fn category_width(&self) -> usize {
        self.categories.len()
    }

    /// Fills in the codes and categories of `rows` rows: [`Encoder::width`] and
    /// [`Encoder::category_width`] per group of [`LANES`] rows. `value` gives a row's feature, NaN
    /// where it is missing.
    pub(super) fn encode(
        &self,
        rows: usize,
        value: &impl Fn(usize, usize) -> f64,
        codes: &mut [Lanes<u8>],
        categories: &mut [Lanes<u32>],
    ) {
        for scale in &self.scales {
            let thresholds = &self.thresholds[scale.thresholds.clone()];
            let columns = &self.columns[scale.columns.clone()];
            for row in 0..rows {
                let value = rounded(value(row, scale.feature));
                let found = code(thresholds, value);
                let first = row / LANES * self.width() + scale.columns.start;
                for (column, codes) in columns.iter().zip(&mut codes[first..]) {
                    let missing = value.is_nan() || column.zero_is_missing && value == 0.0;
                    codes[row % LANES] = if missing { column.missing } else { found };
                }
            }
        }
        for (at, &feature) in self.categories.iter().enumerate() {
            for row in 0..rows {
                let group = row / LANES * self.category_width();
                categories[group + at][row % LANES] = category(value(row, feature));
            }
        }
    }
}

impl Column {
    fn new(thresholds: &[f64], missing: Missing) -> Self {
        let side = |left| if left { 0 } else { HIGHEST };
        let (zero_is_missing, missing) = match missing {
            // NaN is 0 then.
            Missing::Nothing => (false, code(thresholds, 0.0)),
            Missing::Zero { left } => (true, side(left)),
            Missing::Nan { left } => (false, side(left)),
        };
        Self { zero_is_missing, missing }
    }
}

/// How many thresholds are below the value.
fn code(thresholds: &[f64], value: f64) -> u8 {
    thresholds.partition_point(|threshold| *threshold < value) as u8
}

/// The value as LightGBM takes it in for prediction.
pub(super) fn rounded(value: f64) -> f64 {
    if value.abs() <= ZERO { 0.0 } else { value }
}

/// The category of a value: its whole part, so that -0.5 is 0. None for values that are missing,
/// negative or beyond 31 bits.
pub(super) fn category(value: f64) -> u32 {
    let inside = value > -1.0 && value < f64::from(i32::MAX) + 1.0;
    if inside { value as u32 } else { NO_CATEGORY }
}

/// Whether a category's bit is set.
pub(super) fn contains(set: &[u32], category: u32) -> bool {
    set.get(category as usize / 32).is_some_and(|word| word >> (category % 32) & 1 == 1)
}
