use super::clock::iso;
use crate::config::TokenPrices;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many CAMs were asked for, and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// Asked for.
    pub cams_attempted: u64,
    /// Answered with products.
    pub cams_succeeded: u64,
}

/// Tokens, summed over all replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Sent to the model.
    pub prompt_token_count: u64,
    /// Answered by the model.
    pub candidates_token_count: u64,
    /// All of them.
    pub total_token_count: u64,
}

impl Tokens {
    /// What they cost in GBP, rounded to five decimals.
    pub fn gbp(&self, prices: &TokenPrices) -> f64 {
        let prompt = self.prompt_token_count as f64 * prices.prompt_gbp_per_million;
        let candidates = self.candidates_token_count as f64 * prices.candidates_gbp_per_million;
        ((prompt + candidates) / 1e6 * 1e5).round() / 1e5
    }
}

/// `output/cost_report.json`; also the `report` of the status file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostReport {
    timestamp: String,
    run_id: String,
    mode: String,
    units: Units,
    usage: Tokens,
    estimated_cost_gbp: f64,
}

impl CostReport {
    /// The report of one run.
    pub fn new(
        now: Timestamp,
        run_id: &str,
        mode: &str,
        units: Units,
        usage: Tokens,
        prices: &TokenPrices,
    ) -> Self {
        Self {
            timestamp: iso(now),
            run_id: run_id.to_owned(),
            mode: mode.to_owned(),
            units,
            usage,
            estimated_cost_gbp: usage.gbp(prices),
        }
    }
}

impl fmt::Display for CostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tokens, gbp) = (self.usage.total_token_count, self.estimated_cost_gbp);
        write!(f, "  {tokens:>8}  tokens of Waves, {gbp:.5} GBP")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four replies of 1,000 and 200 tokens; counted five times, as usage once was, 0.00065.
    #[test]
    fn costs_in_gbp() {
        let cost = |prompt_token_count, candidates_token_count, prices: &TokenPrices| {
            Tokens { prompt_token_count, candidates_token_count, total_token_count: 0 }.gbp(prices)
        };
        let prices = TokenPrices::default();
        assert_eq!(cost(4_000, 800, &prices), 0.00052);
        assert_eq!(cost(5_000, 1_000, &prices), 0.00065);
        let dear = TokenPrices { prompt_gbp_per_million: 1.0, candidates_gbp_per_million: 10.0 };
        assert_eq!(cost(1_000_000, 50_000, &dear), 1.5);
    }
}
