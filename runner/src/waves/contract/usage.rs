//! Token counts.

use serde::{Deserialize, Deserializer, Serialize};
use std::iter::Sum;
use std::ops::AddAssign;

/// Tokens that were used; what the service leaves out counts as zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens sent to the model.
    pub prompt_token_count: u64,
    /// Tokens the model answered with.
    pub candidates_token_count: u64,
    /// All of them.
    pub total_token_count: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.prompt_token_count = self.prompt_token_count.saturating_add(other.prompt_token_count);
        self.candidates_token_count =
            self.candidates_token_count.saturating_add(other.candidates_token_count);
        self.total_token_count = self.total_token_count.saturating_add(other.total_token_count);
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut total, usage| {
            total += usage;
            total
        })
    }
}

/// Reads null like an absent value: missing counts must not cost a batch that was paid for.
pub(super) fn or_default<'de, D: Deserializer<'de>>(source: D) -> Result<Usage, D::Error> {
    Ok(Option::deserialize(source)?.unwrap_or_default())
}
