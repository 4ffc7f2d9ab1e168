//! Features that are names of something: models take their places among the names that were there to learn from.

use super::{Input, Samples};
use crate::warehouse::template::render;
use anyhow::bail;
use minijinja::context;
use minijinja::value::Serde;
use std::collections::BTreeMap;

/// The values that each feature of names may have, in the order of their codes, by the feature's name.
pub(in super::super) type Categories = BTreeMap<String, Vec<String>>;

impl Samples<'_> {
    /// Gives the features of names the values that they have in the rows for which `condition` holds.
    ///
    /// # Errors
    ///
    /// One without any value.
    pub(in super::super) fn learn_categories(&mut self, condition: &str) -> anyhow::Result<()> {
        for at in 0..self.inputs.len() {
            let Input { name, categories: Some(_), .. } = &self.inputs[at] else {
                continue;
            };
            let query = render(
                "asin/samples/categories.sql",
                context! {
                    source => &self.source,
                    feature => Serde(&self.inputs[at]),
                    members => self.members_shape(),
                    condition,
                },
            )?;
            let values: Vec<String> = self.rows(&query)?.into_iter().flatten().flatten().collect();
            if values.is_empty() {
                bail!("{}: {name} has no value in the rows to learn from", self.source.name());
            }
            self.inputs[at].categories = Some(values);
        }
        Ok(())
    }
}
