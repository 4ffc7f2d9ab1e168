//! Reads requests the way the service does: a value that cannot be used is replaced, not refused.

use crate::waves::contract::{Cam, Params, UNKNOWN};
use serde_json::{Map, Value};

/// Parameters of a request; what is absent or unreadable is the default.
pub(super) fn params(given: &Map<String, Value>) -> Params {
    let defaults = Params::default();
    let text = |name: &str| given.get(name).and_then(text).unwrap_or_default();
    Params {
        goldilocks_zone_pct: given
            .get("goldilocks_zone_pct")
            .and_then(integer)
            .unwrap_or(defaults.goldilocks_zone_pct),
        price_fluctuation_upper: given
            .get("price_fluctuation_upper")
            .and_then(number)
            .unwrap_or(defaults.price_fluctuation_upper),
        price_fluctuation_lower: given
            .get("price_fluctuation_lower")
            .and_then(number)
            .unwrap_or(defaults.price_fluctuation_lower),
        brand_enhancer: text("brand_enhancer"),
        model_enhancer: text("model_enhancer"),
        season: text("season"),
        disable_search: given.get("disable_search").and_then(Value::as_bool).unwrap_or(true),
    }
}

/// A CAM with what is missing left empty, and as it is to be echoed.
pub(super) fn cam(given: &Value) -> (Cam, Cam) {
    let field = |name: &str| given.get(name).and_then(text);
    let (vehicle, size) = (field("Vehicle"), field("Size"));
    let echo = |text: &Option<String>| text.clone().unwrap_or_else(|| UNKNOWN.to_owned());
    let echoed = Cam::new(echo(&vehicle), echo(&size));
    (Cam::new(vehicle.unwrap_or_default(), size.unwrap_or_default()), echoed)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unusable_parameters_are_replaced() {
        let given = json!({
            "goldilocks_zone_pct": "20", "price_fluctuation_upper": "high",
            "price_fluctuation_lower": 0.8, "brand_enhancer": null, "season": "Winter",
        });
        let expected = Params {
            goldilocks_zone_pct: 20,
            price_fluctuation_lower: 0.8,
            season: "Winter".into(),
            disable_search: true,
            ..Params::default()
        };
        assert_eq!(params(given.as_object().unwrap()), expected);
    }

    #[test]
    fn missing_cells_are_echoed_as_unknown() {
        let (cam, echoed) = super::cam(&json!({ "Vehicle": null, "Size": 5 }));
        assert_eq!((cam, echoed), (Cam::new("", "5"), Cam::new("Unknown", "5")));
        assert_eq!(super::cam(&json!("text")).1, Cam::new("Unknown", "Unknown"));
    }
}
