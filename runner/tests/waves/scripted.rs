//! A service whose every answer is given by the test, for usage figures and failures the stand-in has no switch for.

use super::fixture::{PASSWORD, config, connect};
use aim::waves::{BatchRequest, BatchResponse, CamResult, Client, Usage};
use axum::http::header::SET_COOKIE;
use axum::routing::post;
use axum::{Json, Router};
use std::sync::{Arc, Mutex};

/// Serves `answer` for the n-th batch, counted from 0, and returns a client of it.
pub(crate) async fn scripted(
    answer: impl FnMut(usize, &BatchRequest) -> BatchResponse + Send + 'static,
) -> Client {
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
    let router = Router::new().route("/login", login).route("/api/recommendations/batch", batch);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    connect(config(&url)).await.0
}

/// An answer in which the CAMs accepted by `succeeds` succeed, for 1,000 and 200 tokens.
pub(crate) fn answer(request: &BatchRequest, succeeds: impl Fn(&str) -> bool) -> BatchResponse {
    let results = request.cams.iter().map(|cam| {
        if !succeeds(&cam.vehicle) {
            return CamResult::failed(cam, "TIMEOUT");
        }
        let mut result = CamResult::failed(cam, "");
        result.set_hotboxes(["10000001", "10000002", "10000003", "10000004"].map(String::from));
        CamResult { success: true, error_code: None, ..result }
    });
    let usage =
        Usage { prompt_token_count: 1_000, candidates_token_count: 200, total_token_count: 1_200 };
    BatchResponse { run_id: request.run_id.clone(), results: results.collect(), usage }
}
