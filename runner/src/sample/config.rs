//! `aim-config.json`: the overrides as the user interface writes them, all at its defaults.

use super::staged::write_text;
use serde_json::json;
use std::path::Path;

/// Writes the overrides.
pub(super) fn write(path: &Path) -> anyhow::Result<()> {
    let config = json!({
        "RUN_MODE": "GLOBAL",
        "TOTAL_PER_SEGMENT": 1000,
        "TOTAL_OVERALL": 10_000,
        "BATCH_SIZE": 50,
        "GOLDILOCKS_ZONE_PCT": 15,
        "PRICE_FLUCTUATION_UPPER": 1.1,
        "PRICE_FLUCTUATION_LOWER": 0.9,
        "BRAND_ENHANCER": "",
        "MODEL_ENHANCER": "",
        "SEASON": "",
        "LIMIT_TO_SEGMENTS": "",
    });
    write_text(path, &format!("{config:#}\n"))
}
