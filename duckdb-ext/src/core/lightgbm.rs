//! LightGBM models: reads the text that LightGBM saves, and predicts what it would, to the last bit.
//!
//! * [`Model`]: a parsed model; everything is checked once, so that predictions cannot fail.
//! * [`Cache`]: models by their text, each parsed once.
//!
//! The rules are those of LightGBM 4, for dense rows. Values within 1e-35 of 0 are 0. A split on a
//! threshold sends missing values where it was trained to; where it knew none missing, NaN is 0. A
//! split on categories sends everything that is not in its set to the right. Scores add up tree by
//! tree from 0.
//!
//! Parsing takes memory in proportion to the text; nothing recurses but contributions, which have a
//! deepest tree.

mod cache;
mod contributions;
mod encode;
mod forest;
mod objective;
#[cfg(test)]
mod tests;
mod text;
mod tree;

pub use cache::Cache;
use contributions::DEEPEST;
use forest::Forest;
pub use forest::Scratch;
use objective::Objective;
use std::ops::Range;
pub use text::ModelError;
use text::{Section, excerpt};
use tree::Tree;

/// What a prediction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// What the model was trained to say: a probability, a count, a rank score.
    #[default]
    Value,
    /// The sum over the trees, before the objective's function and before averaging.
    Raw,
}

/// A parsed model.
#[derive(Debug)]
pub struct Model {
    features: Vec<String>,
    outputs: usize,
    average: bool,
    objective: Objective,
    trees: Vec<Tree>,
    forest: Forest,
}

/// Why a model's predictions cannot be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// Its leaves are linear models.
    #[error("the model has linear trees, whose contributions are not defined")]
    Linear,
    /// Its text leaves out how many rows of the training data each node had.
    #[error(
        "a tree has no internal_count and leaf_count; save the model anew with Booster.save_model()"
    )]
    NoCounts,
    /// It would take too long.
    #[error("a tree is {0} splits deep, and contributions are made for up to {DEEPEST}")]
    TooDeep(usize),
}

impl Model {
    /// Reads what `Booster.save_model()` or `model_to_string()` wrote.
    ///
    /// # Errors
    ///
    /// When the text is no model, is cut off, or contradicts itself.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let (header, sections) = split(text)?;
        let features: Vec<String> =
            header.text("feature_names")?.split_ascii_whitespace().map(str::to_owned).collect();
        let highest = header.count("max_feature_idx", 0)?;
        if features.len().checked_sub(1) != Some(highest) {
            let problem =
                format!("{} feature_names, and max_feature_idx is {highest}", features.len());
            return Err(header.error_at("feature_names", problem));
        }
        let outputs = match header.get("num_tree_per_iteration") {
            Some(_) => header.count("num_tree_per_iteration", 1)?,
            None => header.count("num_class", 1)?,
        };
        if sections.is_empty() || sections.len() % outputs != 0 {
            let problem = format!("{} trees, and {outputs} in each iteration", sections.len());
            return Err(header.error(problem));
        }
        let objective = Objective::read(&header, outputs)?;
        let average = header.get("average_output").is_some();
        let trees = sections
            .iter()
            .map(|section| Tree::read(section, features.len()))
            .collect::<Result<Vec<_>, _>>()?;
        let forest =
            Forest::new(&trees).map_err(|_| header.error("more splits than can be numbered"))?;
        Ok(Self { features, outputs, average, objective, trees, forest })
    }

    /// The features in the order that rows have them in.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// How many values a prediction has: the classes, or 1.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many iterations the model was trained for: one tree per output each.
    pub fn iterations(&self) -> usize {
        self.trees.len() / self.outputs
    }

    /// Predicts `rows` rows from some of the iterations; `predictions` becomes a row of
    /// [`Model::outputs`] values for each. `value` gives the feature of a row, by number, NaN where
    /// it is missing. Iterations the model does not have are left out.
    pub fn predict(
        &self,
        rows: usize,
        value: impl Fn(usize, usize) -> f64,
        iterations: Range<usize>,
        kind: Kind,
        scratch: &mut Scratch,
        predictions: &mut Vec<f64>,
    ) {
        let trees = self.trees_of(&iterations);
        predictions.clear();
        predictions.resize(rows * self.outputs, 0.0);
        self.forest.add(trees.clone(), self.outputs, &value, scratch, predictions);
        if kind == Kind::Raw {
            return;
        }
        if self.average {
            let iterations = (trees.len() / self.outputs) as f64;
            predictions.iter_mut().for_each(|prediction| *prediction /= iterations);
        }
        self.objective.convert(predictions, self.outputs);
    }

    /// How much each feature adds to the raw score of one row (SHAP values), and behind them the mean
    /// over the training data, so that all together are the raw score; for several outputs, one such
    /// list after the other. `value` gives a feature, by number, NaN where it is missing.
    ///
    /// # Errors
    ///
    /// When the model does not lend itself to it.
    pub fn contributions(&self, value: impl Fn(usize) -> f64) -> Result<Vec<f64>, Unexplained> {
        let depth = self.forest.depth();
        if depth > DEEPEST {
            return Err(Unexplained::TooDeep(depth));
        }
        let width = self.features.len() + 1;
        let mut contributions = vec![0.0; self.outputs * width];
        let mut path = Vec::new();
        for iteration in self.trees.chunks_exact(self.outputs) {
            for (tree, contributions) in iteration.iter().zip(contributions.chunks_exact_mut(width))
            {
                if tree.linear.is_some() {
                    return Err(Unexplained::Linear);
                }
                let counts = tree.counts.as_ref().ok_or(Unexplained::NoCounts)?;
                contributions::explain(tree, counts, &value, &mut path, contributions);
            }
        }
        Ok(contributions)
    }

    fn trees_of(&self, iterations: &Range<usize>) -> Range<usize> {
        let end = iterations.end.min(self.iterations());
        iterations.start.min(end) * self.outputs..end * self.outputs
    }
}

/// Cuts a text into its header and its trees.
fn split(text: &str) -> Result<(Section<'_>, Vec<Section<'_>>), ModelError> {
    let mut lines = (1..).zip(text.lines().map(str::trim_end));
    let mut header = Section::new(None, 1);
    let first = lines.next().map_or("", |(_, line)| line);
    if first != "tree" {
        let problem = format!("a model begins with the line 'tree', this with {}", excerpt(first));
        return Err(header.error(problem));
    }
    let mut trees: Vec<Section<'_>> = Vec::new();
    for (line, text) in lines {
        if text == "end of trees" {
            return check_count(&header, &trees).map(|()| (header, trees));
        }
        if text.starts_with("Tree=") {
            trees.push(Section::new(Some(trees.len()), line));
        } else if !text.is_empty() {
            trees.last_mut().unwrap_or(&mut header).push(line, text);
        }
    }
    let last = trees.last().unwrap_or(&header);
    Err(last.error("the text ends here, without the line 'end of trees'"))
}

/// The header tells each tree's length in bytes. Line ends may have changed on the way, so only how
/// many there are is compared.
fn check_count(header: &Section<'_>, trees: &[Section<'_>]) -> Result<(), ModelError> {
    let Some(sizes) = header.get("tree_sizes") else { return Ok(()) };
    let expected = sizes.split_ascii_whitespace().count();
    if expected == trees.len() {
        return Ok(());
    }
    let problem = format!("tree_sizes has {expected} trees, the text has {}", trees.len());
    Err(header.error_at("tree_sizes", problem))
}
