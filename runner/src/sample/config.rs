//! `aim-config.json`: the overrides as the user interface writes them, at its defaults.

use super::staged::write_text;
use serde_json::json;
use std::path::Path;

/// As many rows of the runlist as the user interface asks for.
const TOTAL: u64 = 10_000;

/// Writes the overrides; a longer runlist of `cams` rows is asked for as a whole.
pub(super) fn write(path: &Path, cams: u64) -> anyhow::Result<()> {
    let config = json!({
        "RUN_MODE": "GLOBAL",
        "TOTAL_PER_SEGMENT": 1000,
        "TOTAL_OVERALL": cams.max(TOTAL),
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
