//! Values as they are written, and what can be made of them.

use serde_json::Value;

/// A value as it is written somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    /// In the environment or on the command line; trimmed, not empty.
    Text(&'a str),
    /// In the override file; not null.
    Json(&'a Value),
}

/// Numbers are cut toward zero, `true` is 1, texts must be whole numbers.
pub(super) fn integer(raw: Raw<'_>) -> Option<i64> {
    match raw {
        Raw::Text(text) => text.parse().ok(),
        Raw::Json(Value::String(text)) => text.trim().parse().ok(),
        Raw::Json(Value::Bool(value)) => Some(i64::from(*value)),
        Raw::Json(Value::Number(number)) => {
            number.as_i64().or_else(|| number.as_f64().map(|x| x as i64))
        }
        Raw::Json(_) => None,
    }
}

/// Numbers, and texts with a decimal point.
pub(super) fn float(raw: Raw<'_>) -> Option<f64> {
    match raw {
        Raw::Text(text) => text.parse().ok(),
        Raw::Json(Value::String(text)) => text.trim().parse().ok(),
        Raw::Json(value) => value.as_f64(),
    }
}

pub(super) fn text(raw: Raw<'_>) -> Option<String> {
    match raw {
        Raw::Text(text) => Some(text.to_owned()),
        Raw::Json(Value::String(text)) => Some(text.trim().to_owned()),
        Raw::Json(_) => None,
    }
}

/// One text separated by commas, or a JSON list of texts; blank items do not count.
pub(super) fn list(raw: Raw<'_>) -> Option<Vec<String>> {
    let texts: Vec<&str> = match raw {
        Raw::Text(text) => text.split(',').collect(),
        Raw::Json(Value::String(text)) => text.split(',').collect(),
        Raw::Json(Value::Array(items)) => items.iter().map(Value::as_str).collect::<Option<_>>()?,
        Raw::Json(_) => return None,
    };
    let items = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
    Some(items.map(str::to_owned).collect())
}
