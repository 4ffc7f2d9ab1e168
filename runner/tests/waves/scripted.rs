//! A client of a service whose every answer is given by the test, for usage figures and failures the stand-in has no
//! switch for.

use super::fixture::{config, connect};
use crate::scripted_waves::{reply, service};
use aim::waves::{BatchRequest, BatchResponse, CamResult, Client};

/// Serves `answer` for the n-th batch, counted from 0, and returns a client of it.
pub(crate) async fn scripted(
    answer: impl FnMut(usize, &BatchRequest) -> BatchResponse + Send + 'static,
) -> Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, service(answer)).await });
    connect(config(&url)).await.0
}

/// An answer in which the CAMs accepted by `succeeds` succeed.
pub(crate) fn answer(request: &BatchRequest, succeeds: impl Fn(&str) -> bool) -> BatchResponse {
    reply(request, |cam| {
        if !succeeds(&cam.vehicle) {
            return CamResult::failed(cam, "TIMEOUT");
        }
        let mut result = CamResult::failed(cam, "");
        result.set_hotboxes(["10000001", "10000002", "10000003", "10000004"].map(String::from));
        CamResult { success: true, error_code: None, ..result }
    })
}
