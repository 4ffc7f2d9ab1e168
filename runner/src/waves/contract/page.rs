//! The query of a page.

use super::Params;
use serde::Serialize;

/// Query of `GET /api/recommendations`: `top_n` results of a segment from `offset` on. Empty texts are
/// not sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageQuery<'a> {
    /// Name of the segment.
    pub segment: &'a str,
    /// Most results wanted.
    pub top_n: usize,
    /// Results to skip.
    pub offset: usize,
    /// See [`Params`].
    pub goldilocks_zone_pct: i64,
    /// See [`Params`].
    pub price_fluctuation_upper: f64,
    /// See [`Params`].
    pub price_fluctuation_lower: f64,
    /// See [`Params`].
    #[serde(skip_serializing_if = "str::is_empty")]
    pub brand_enhancer: &'a str,
    /// See [`Params`].
    #[serde(skip_serializing_if = "str::is_empty")]
    pub model_enhancer: &'a str,
    /// See [`Params`].
    #[serde(skip_serializing_if = "str::is_empty")]
    pub season: &'a str,
}

impl<'a> PageQuery<'a> {
    /// A page with the parameters that pages know; they cannot switch the search off.
    pub fn new(segment: &'a str, offset: usize, top_n: usize, params: &'a Params) -> Self {
        Self {
            segment,
            top_n,
            offset,
            goldilocks_zone_pct: params.goldilocks_zone_pct,
            price_fluctuation_upper: params.price_fluctuation_upper,
            price_fluctuation_lower: params.price_fluctuation_lower,
            brand_enhancer: &params.brand_enhancer,
            model_enhancer: &params.model_enhancer,
            season: &params.season,
        }
    }
}
