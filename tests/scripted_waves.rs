//! A Waves service whose every answer a test gives, for what the stand-in never answers. The suites that need
//! one include this file.

use aim::waves::{BatchRequest, BatchResponse, Cam, CamResult, Usage};
use axum::http::header::SET_COOKIE;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::{Arc, Mutex};

pub(crate) const PASSWORD: &str = "s3cret-pass";

/// A service that answers the n-th batch, counted from 0, as `answer` says.
pub(crate) fn service<A: Serialize + Send + 'static>(
    answer: impl FnMut(usize, &BatchRequest) -> A + Send + 'static,
) -> Router {
    let state = Arc::new(Mutex::new((0, answer)));
    let batch = post(move |Json(request): Json<BatchRequest>| async move {
        let mut state = state.lock().unwrap();
        let (count, answer) = &mut *state;
        let response = answer(*count, &request);
        *count += 1;
        Json(response)
    });
    let login = post(|body: String| async move {
        assert_eq!(body, format!("password={PASSWORD}"));
        ([(SET_COOKIE, "session=1")], "{}")
    });
    Router::new().route("/login", login).route("/api/recommendations/batch", batch)
}

/// A whole answer: one result per CAM, for 1,000 and 200 tokens.
pub(crate) fn reply(
    request: &BatchRequest,
    result: impl FnMut(&Cam) -> CamResult,
) -> BatchResponse {
    let usage =
        Usage { prompt_token_count: 1_000, candidates_token_count: 200, total_token_count: 1_200 };
    let results = request.cams.iter().map(result).collect();
    BatchResponse { run_id: request.run_id.clone(), results, usage }
}
