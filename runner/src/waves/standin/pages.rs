//! Everything but login and batches: the page of segments, its recommendations, status, sizes.

use super::{Service, lenient, refusal};
use crate::waves::contract::{Cam, CamResult, MAX_BATCH};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows of a page when the query does not say.
const DEFAULT_TOP_N: usize = 100;

/// `GET /api/status/engine`. The concurrency figures are what the service reports; they are informational.
pub(super) async fn status(State(service): State<Arc<Service>>) -> Json<Value> {
    Json(json!({
        "status": "ok",
        "build_version": env!("CARGO_PKG_VERSION"),
        "start_time": service.started_at.to_string(),
        "uptime_seconds": service.started.elapsed().as_secs(),
        "concurrency": {
            "batch_max_cams": MAX_BATCH,
            "parallel_vehicles": 5,
            "sku_workers_per_vehicle": 8,
        },
    }))
}

/// `GET /get_sizes/{vehicle}`.
pub(super) async fn sizes(
    State(service): State<Arc<Service>>,
    Path(vehicle): Path<String>,
) -> Response {
    Json(service.engine.sizes_of(&vehicle)).into_response()
}

/// `GET /app`: the segments as a select of a page.
pub(super) async fn app(State(service): State<Arc<Service>>) -> Response {
    if service.faults.faults.no_app {
        return refusal(StatusCode::NOT_FOUND, "Not found");
    }
    let options: String = service
        .engine
        .segments()
        .into_iter()
        .map(|segment| {
            let segment = escaped(segment);
            format!("      <option value=\"{segment}\">{segment}</option>\n")
        })
        .collect();
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n  <head><title>Waves</title></head>\n  <body>\n    \
         <select name=\"segment\">\n      <option value=\"\">-- Select a segment --</option>\n{options}    \
         </select>\n  </body>\n</html>\n"
    ))
    .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `GET /api/recommendations`: rows offset … offset + top_n of the segment's vehicles and sizes.
pub(super) async fn recommendations(
    State(service): State<Arc<Service>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    service.counters.pages.fetch_add(1, Ordering::Relaxed);
    if let Some(response) = service.disturb().await {
        return response;
    }
    match tokio::task::spawn_blocking(move || page(&service, &query)).await {
        Ok(rows) => Json(rows).into_response(),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "The engine failed"),
    }
}

fn page(service: &Service, query: &HashMap<String, String>) -> Vec<Value> {
    let count = |name: &str, default: usize| {
        query.get(name).and_then(|text| text.trim().parse().ok()).unwrap_or(default)
    };
    let given: Map<String, Value> =
        query.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    let params = lenient::params(&given);
    let segment = query.get("segment").map(String::as_str).filter(|name| !name.is_empty());
    let cams = service.engine.cams(segment).skip(count("offset", 0));
    let results = cams.take(count("top_n", DEFAULT_TOP_N)).map(|listed| {
        let cam = Cam::new(listed.vehicle.clone(), listed.size.clone());
        service.engine.recommend(&cam, &params)
    });
    let results: Vec<CamResult> = results.collect();
    service.counters.cams.fetch_add(results.len() as u64, Ordering::Relaxed);
    service
        .spoil(results)
        .into_iter()
        .map(|result| {
            json!({
                "Vehicle": result.vehicle, "Size": result.size,
                "HB1": result.hb1, "HB2": result.hb2, "HB3": result.hb3, "HB4": result.hb4,
                "SKUs": result.skus, "success": result.success,
            })
        })
        .collect()
}
