//! The JSON of the service: field names and their order are a contract, do not rename.

mod page;
mod usage;

pub use page::PageQuery;
pub use usage::Usage;

use serde::{Deserialize, Serialize};

/// Most CAMs one request may hold.
pub const MAX_BATCH: usize = 500;
/// Hotbox slots of a result.
pub const HOTBOXES: usize = 4;
/// Slots after the hotboxes.
pub const SKUS: usize = 20;
/// A slot for which no product was left.
pub const GAP: &str = "-";
/// What the hotbox slots hold when there was no data, no time or an exception.
pub const ERROR_SLOT: &str = "Error";
/// What the service calls a vehicle or size the request did not give.
pub const UNKNOWN: &str = "Unknown";

/// Values of [`CamResult::error_code`].
pub mod error_code {
    /// Vehicle or size missing or `nan`.
    pub const INVALID_INPUT: &str = "INVALID_INPUT";
    /// No candidate of that size.
    pub const NO_RESULTS: &str = "NO_RESULTS";
    /// The hotboxes could not be filled.
    pub const UPSTREAM_ERROR: &str = "UPSTREAM_ERROR";
    /// Given by the client to every CAM of a request that finally failed.
    pub const BATCH_FAILED: &str = "BATCH_FAILED";
    /// Given by the client to a page that finally failed.
    pub const PAGE_FAILED: &str = "PAGE_FAILED";
}

/// What is asked for: one vehicle (make and model, upper case, no separator) with one tyre size.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cam {
    /// For example `TESLAMODEL 3`.
    pub vehicle: String,
    /// For example `235/45 R18`, without speed rating.
    pub size: String,
}

impl Cam {
    /// A CAM of these two texts.
    pub fn new(vehicle: impl Into<String>, size: impl Into<String>) -> Self {
        Self { vehicle: vehicle.into(), size: size.into() }
    }
}

/// How the products are to be chosen. Empty texts mean "no wish" and are not sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Half width of the preferred price range around the Goldilocks price, in percent (5 to 50).
    pub goldilocks_zone_pct: i64,
    /// Price fluctuation above which a product is penalised (1.0 to 2.0).
    pub price_fluctuation_upper: f64,
    /// Price fluctuation below which a product is favoured (0.5 to 1.0).
    pub price_fluctuation_lower: f64,
    /// Brand of which at least one product is wanted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand_enhancer: String,
    /// Model that is wanted, exactly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub model_enhancer: String,
    /// `Summer`, `Winter` or `AllSeason`, of which at least one product is wanted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub season: String,
    /// Keeps the model behind the service from searching the web.
    pub disable_search: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            goldilocks_zone_pct: 15,
            price_fluctuation_upper: 1.1,
            price_fluctuation_lower: 0.9,
            brand_enhancer: String::new(),
            model_enhancer: String::new(),
            season: String::new(),
            disable_search: false,
        }
    }
}

/// Body of `POST /api/recommendations/batch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRequest {
    /// Names the run in the logs of both sides.
    pub run_id: String,
    /// One to [`MAX_BATCH`] CAMs.
    pub cams: Vec<Cam>,
    /// One set of parameters for the whole batch.
    pub params: Params,
}

/// Answer to a [`BatchRequest`]: one result per CAM, in the same order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchResponse {
    /// Echo of the request.
    #[serde(default)]
    pub run_id: String,
    /// As many as the request has CAMs.
    pub results: Vec<CamResult>,
    /// Tokens of all results together.
    #[serde(default, deserialize_with = "usage::or_default")]
    pub usage: Usage,
}

/// What was chosen for one CAM, or why nothing was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CamResult {
    /// As requested.
    pub vehicle: String,
    /// As requested.
    pub size: String,
    /// A product of 7 or 8 digits, [`GAP`] or [`ERROR_SLOT`]; absent when nothing was tried.
    #[serde(rename = "HB1", default, skip_serializing_if = "Option::is_none")]
    pub hb1: Option<String>,
    /// See `hb1`.
    #[serde(rename = "HB2", default, skip_serializing_if = "Option::is_none")]
    pub hb2: Option<String>,
    /// See `hb1`.
    #[serde(rename = "HB3", default, skip_serializing_if = "Option::is_none")]
    pub hb3: Option<String>,
    /// See `hb1`.
    #[serde(rename = "HB4", default, skip_serializing_if = "Option::is_none")]
    pub hb4: Option<String>,
    /// [`SKUS`] products or gaps; absent when nothing was tried.
    #[serde(rename = "SKUs", default, skip_serializing_if = "Option::is_none")]
    pub skus: Option<Vec<String>>,
    /// True exactly when all four hotboxes hold a product.
    #[serde(rename = "success", default)]
    pub success: bool,
    /// One of [`error_code`], or null on success.
    #[serde(rename = "error_code", default)]
    pub error_code: Option<String>,
    /// Tokens of this result.
    #[serde(rename = "usage", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

impl CamResult {
    /// A result without products.
    pub fn failed(cam: &Cam, error_code: &str) -> Self {
        Self {
            vehicle: cam.vehicle.clone(),
            size: cam.size.clone(),
            error_code: Some(error_code.to_owned()),
            ..Self::default()
        }
    }

    /// The four hotbox slots in order.
    pub fn hotboxes(&self) -> [Option<&str>; HOTBOXES] {
        [&self.hb1, &self.hb2, &self.hb3, &self.hb4].map(|slot| slot.as_deref())
    }

    /// Replaces the four hotbox slots.
    pub fn set_hotboxes(&mut self, slots: [String; HOTBOXES]) {
        [self.hb1, self.hb2, self.hb3, self.hb4] = slots.map(Some);
    }
}

/// Whether `text` is a product number: 7 or 8 digits.
pub fn is_product_id(text: &str) -> bool {
    matches!(text.len(), 7 | 8) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_omits_empty_wishes_only() {
        let mut request = BatchRequest {
            run_id: "global_1".into(),
            cams: vec![Cam::new("AUDIA3", "225/40 R18")],
            params: Params { price_fluctuation_upper: 1.0, ..Params::default() },
        };
        assert_eq!(
            serde_json::to_string(&request).unwrap(),
            r#"{"run_id":"global_1","cams":[{"Vehicle":"AUDIA3","Size":"225/40 R18"}],"params":{"goldilocks_zone_pct":15,"price_fluctuation_upper":1.0,"price_fluctuation_lower":0.9,"disable_search":false}}"#
        );
        request.params.brand_enhancer = "Michelin".into();
        request.params.season = "Winter".into();
        let text = serde_json::to_string(&request.params).unwrap();
        assert!(text.ends_with(
            r#""price_fluctuation_lower":0.9,"brand_enhancer":"Michelin","season":"Winter","disable_search":false}"#
        ));
    }

    #[test]
    fn reads_every_form_of_result() {
        let text = r#"{"run_id":"r","results":[
            {"Vehicle":"V","Size":"S","success":false,"error_code":"INVALID_INPUT"},
            {"Vehicle":"V","Size":"S","HB1":"Error","HB2":"-","HB3":"1234567","HB4":"-",
             "SKUs":["-"],"success":false,"error_code":"UPSTREAM_ERROR","usage":{}, "later": 1}],
            "usage":null}"#;
        let response: BatchResponse = serde_json::from_str(text).unwrap();
        assert_eq!(response.results[0].hotboxes(), [None; 4]);
        assert_eq!(response.results[0].skus, None);
        assert_eq!(response.results[1].hotboxes()[2], Some("1234567"));
        assert_eq!(response.results[1].usage, Some(Usage::default()));
        assert_eq!(response.usage, Usage::default());
    }

    #[test]
    fn a_null_result_is_an_error() {
        assert!(serde_json::from_str::<BatchResponse>(r#"{"results":[null]}"#).is_err());
    }

    #[test]
    fn product_ids_have_seven_or_eight_digits() {
        for (text, expected) in
            [("1234567", true), ("12345678", true), ("123456", false), ("123456789", false)]
        {
            assert_eq!(is_product_id(text), expected, "{text}");
        }
        assert!(!is_product_id("1234567a") && !is_product_id("-") && !is_product_id(""));
    }
}
