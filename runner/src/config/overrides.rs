//! The JSON override file that the job's front end writes.

use super::WavesConfig;
use super::environment::Reader;
use serde_json::{Map, Value};
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::Path;

/// Applies the overrides in `file`; without the file nothing changes. Keys are case-sensitive,
/// unknown ones ignored. `null` means not set, for texts `null_text` if there is one.
pub(super) fn apply(
    file: &Path,
    null_text: Option<&'static str>,
    waves: &mut WavesConfig,
    run_mode: &mut String,
    reader: &mut Reader<'_>,
) {
    let path = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        // A root that is no folder is reported where it is opened.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return;
        }
        Err(error) => {
            return reader.problem(format!("{path} cannot be read: {error}; repair or remove it"));
        }
    };
    let object = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return reader.problem(format!("{path} is no JSON object; repair or remove it")),
        Err(error) => {
            return reader
                .problem(format!("{path} is not valid JSON: {error}; repair or remove it"));
        }
    };
    let mut overrides = Overrides { object: &object, path: path.to_string(), null_text, reader };
    overrides.text("RUN_MODE", run_mode);
    overrides.count("TOTAL_OVERALL", &mut waves.total_overall, 1..=i64::MAX);
    overrides.count("BATCH_SIZE", &mut waves.batch_size, 1..=500);
    let params = &mut waves.params;
    overrides.integer("GOLDILOCKS_ZONE_PCT", &mut params.goldilocks_zone_pct, 5..=50);
    overrides.float("PRICE_FLUCTUATION_UPPER", &mut params.price_fluctuation_upper, 1.0..=2.0);
    overrides.float("PRICE_FLUCTUATION_LOWER", &mut params.price_fluctuation_lower, 0.5..=1.0);
    overrides.text("BRAND_ENHANCER", &mut params.brand_enhancer);
    overrides.text("MODEL_ENHANCER", &mut params.model_enhancer);
    overrides.text("SEASON", &mut params.season);
}

struct Overrides<'a, 'r> {
    object: &'a Map<String, Value>,
    path: String,
    null_text: Option<&'static str>,
    reader: &'a mut Reader<'r>,
}

impl Overrides<'_, '_> {
    fn value(&self, key: &str) -> Option<&Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    fn text(&mut self, key: &str, target: &mut String) {
        match self.object.get(key) {
            Some(Value::String(text)) => *target = text.trim().to_owned(),
            Some(Value::Null) => {
                if let Some(text) = self.null_text {
                    text.clone_into(target);
                }
            }
            Some(other) => {
                let problem = format!("{key} in {} is {other}; it must be a text", self.path);
                self.reader.problem(problem);
            }
            None => {}
        }
    }

    fn integer(&mut self, key: &str, target: &mut i64, range: RangeInclusive<i64>) {
        let Some(value) = self.value(key).cloned() else { return };
        let name = format!("{key} in {}", self.path);
        let read = self.reader.within(
            &name,
            &value.to_string(),
            integer(&value),
            &range,
            "a whole number",
        );
        *target = read.unwrap_or(*target);
    }

    fn count(&mut self, key: &str, target: &mut usize, range: RangeInclusive<i64>) {
        let mut value = *target as i64;
        self.integer(key, &mut value, range);
        *target = value as usize;
    }

    fn float(&mut self, key: &str, target: &mut f64, range: RangeInclusive<f64>) {
        let Some(value) = self.value(key).cloned() else { return };
        let name = format!("{key} in {}", self.path);
        let read = self.reader.within(&name, &value.to_string(), float(&value), &range, "a number");
        *target = read.unwrap_or(*target);
    }
}

/// Numbers are cut toward zero, `true` is 1, texts must be whole numbers.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|x| x as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Numbers, and texts with a decimal point.
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
