//! `labeling.yaml`: thresholds and windows of the labels under names of their own.

use serde_json::{Value, json};
use std::path::Path;

/// The place in the file, and the key below `training.labels` that it overrides.
const KEYS: [(&str, &str); 5] = [
    ("/thresholds/r", "ratio_threshold"),
    ("/thresholds/p", "percentile_drop"),
    ("/thresholds/delta", "bsr_delta"),
    ("/windows/observation_days", "lookback_days"),
    ("/windows/forecast_days", "horizon_days"),
];

/// Applies the file; what else it holds is named in `unknown`, but for its notes.
pub(super) fn apply(
    tree: &mut Value,
    given: &Value,
    path: &Path,
    unknown: &mut Vec<String>,
) -> anyhow::Result<()> {
    let mut labels = json!({});
    for (place, key) in KEYS {
        if let Some(value) = given.pointer(place) {
            labels[key] = value.clone();
        }
    }
    for (section, value) in given.as_object().into_iter().flatten() {
        let keys = value.as_object().into_iter().flat_map(|map| map.keys());
        let is_known =
            |key: &str| KEYS.iter().any(|(place, _)| *place == format!("/{section}/{key}"));
        if section != "notes" {
            let strange = keys.filter(|key| !is_known(key));
            unknown.extend(strange.map(|key| {
                format!("{section}.{key} in {} is read by nothing: check its name", path.display())
            }));
        }
    }
    super::merge::merge(tree, json!({ "training": { "labels": labels } }), path, unknown)
}
