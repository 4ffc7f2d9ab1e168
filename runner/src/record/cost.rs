use super::clock::iso;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// GBP per million prompt tokens: 0.10 USD at 0.72505 GBP/USD.
const GBP_PER_M_PROMPT: f64 = 0.072505;

/// GBP per million candidate tokens: 0.40 USD at 0.72505 GBP/USD.
const GBP_PER_M_CANDIDATES: f64 = 0.29002;

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
struct Tokens {
    prompt_token_count: u64,
    candidates_token_count: u64,
    total_token_count: u64,
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
    /// The report of one run; the cost is rounded to five decimals.
    pub fn new(
        now: Timestamp,
        run_id: &str,
        mode: &str,
        units: Units,
        prompt: u64,
        candidates: u64,
        total: u64,
    ) -> Self {
        let cost =
            (prompt as f64 * GBP_PER_M_PROMPT + candidates as f64 * GBP_PER_M_CANDIDATES) / 1e6;
        Self {
            timestamp: iso(now),
            run_id: run_id.to_owned(),
            mode: mode.to_owned(),
            units,
            usage: Tokens {
                prompt_token_count: prompt,
                candidates_token_count: candidates,
                total_token_count: total,
            },
            estimated_cost_gbp: (cost * 1e5).round() / 1e5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four replies of 1,000 and 200 tokens; counted five times, as usage once was, 0.00065.
    #[test]
    fn costs_in_gbp() {
        let units = Units { cams_attempted: 5, cams_succeeded: 4 };
        let report = |prompt, candidates| {
            CostReport::new(Timestamp::UNIX_EPOCH, "r", "GLOBAL", units, prompt, candidates, 0)
                .estimated_cost_gbp
        };
        assert_eq!(report(4_000, 800), 0.00052);
        assert_eq!(report(5_000, 1_000), 0.00065);
    }
}
