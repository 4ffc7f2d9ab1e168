//! Helium10 and JungleScout.

use super::{Shared, products};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/keywords", get(keywords)).route("/status", get(status))
}

#[derive(Debug, Deserialize)]
struct Asked {
    keywords: String,
    marketplace: String,
}

async fn status(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    match shared.receive(shared.admits(key(&headers)), "").await {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(response) => *response,
    }
}

async fn keywords(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = shared.receive(shared.admits(key(&headers)), "").await {
        return *response;
    }
    let found = asked.keywords.split(',').filter(|keyword| !shared.is_unknown(keyword));
    let data: Vec<Value> =
        found.map(|keyword| products::keyword(&asked.marketplace, keyword)).collect();
    Json(json!({ "data": data })).into_response()
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-api-key")?.to_str().ok()
}
