//! `POST /api/recommendations/batch`.

use super::{Service, lenient, refusal};
use crate::waves::contract::{
    BatchResponse, Cam, CamResult, GAP, MAX_BATCH, Params, SKUS, Usage, error_code,
};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A request that passed the checks.
struct Batch {
    run_id: String,
    /// As understood and as echoed.
    cams: Vec<(Cam, Cam)>,
    params: Params,
}

/// Answers one batch, or fails on demand.
pub(super) async fn recommend(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    service.counters.batches.fetch_add(1, Ordering::Relaxed);
    if let Some(response) = service.disturb().await {
        return response;
    }
    let batch = match read(&headers, &body) {
        Ok(batch) => batch,
        Err((status, message)) => return refusal(status, message),
    };
    // Hundreds of recommendations are too much work between two polls of the server's connections.
    match tokio::task::spawn_blocking(move || answer(&service, &batch)).await {
        Ok(response) => Json(response).into_response(),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "The engine failed"),
    }
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Batch, (StatusCode, String)> {
    let refuse = |message: &str| (StatusCode::BAD_REQUEST, message.to_owned());
    if !is_json(headers) {
        let message = "Content-Type must be application/json";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, message.to_owned()));
    }
    let request: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| refuse(&format!("The body is not a JSON object: {error}")))?;
    let run_id = match request.get("run_id") {
        Some(Value::String(run_id)) if !run_id.is_empty() => run_id.clone(),
        _ => return Err(refuse("run_id is missing or empty")),
    };
    let cams = match request.get("cams") {
        Some(Value::Array(cams)) if !cams.is_empty() => cams,
        Some(Value::Array(_) | Value::Null) | None => {
            return Err(refuse("cams is missing or empty"));
        }
        Some(_) => return Err(refuse("cams must be a list")),
    };
    if cams.len() > MAX_BATCH {
        return Err(refuse(&format!("{} cams are more than {MAX_BATCH}", cams.len())));
    }
    let nothing = Map::new();
    let params = request.get("params").and_then(Value::as_object).unwrap_or(&nothing);
    Ok(Batch {
        run_id,
        cams: cams.iter().map(lenient::cam).collect(),
        params: lenient::params(params),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(kind)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn answer(service: &Service, batch: &Batch) -> BatchResponse {
    let searched =
        if batch.params.disable_search { 0 } else { service.faults.faults.search_tokens };
    let results: Vec<CamResult> = batch
        .cams
        .iter()
        .map(|(cam, echoed)| {
            let mut result = service.engine.recommend(cam, &batch.params);
            result.vehicle.clone_from(&echoed.vehicle);
            result.size.clone_from(&echoed.size);
            if let Some(usage) = &mut result.usage {
                usage.prompt_token_count += searched;
                usage.total_token_count += searched;
            }
            result
        })
        .collect();
    service.counters.cams.fetch_add(results.len() as u64, Ordering::Relaxed);
    let usage = results.iter().filter_map(|result| result.usage).sum::<Usage>();
    BatchResponse { run_id: batch.run_id.clone(), results: service.spoil(results), usage }
}

/// Has a result look as when the model answered only some of the hotboxes.
pub(super) fn fail_upstream(result: &mut CamResult) {
    let gap = || GAP.to_owned();
    let [first, _, third, _] = result.hotboxes().map(|slot| slot.unwrap_or(GAP).to_owned());
    result.set_hotboxes([first, gap(), third, gap()]);
    result.skus = Some(vec![gap(); SKUS]);
    result.success = false;
    result.error_code = Some(error_code::UPSTREAM_ERROR.to_owned());
}
