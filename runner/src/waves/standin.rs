//! The service itself, on loopback: login, batches, pages, with the engine behind it and faults on demand.

mod batch;
mod faults;
mod lenient;
mod pages;
mod running;
mod session;

pub use faults::Faults;
pub use running::{Counts, Running};

use crate::secret::Secret;
use crate::waves::{CamResult, Engine};
use axum::extract::DefaultBodyLimit;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use faults::{FaultPlan, Length};
use running::Counters;
use serde_json::json;
use session::Sessions;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;

/// Large enough to refuse a batch for its length, with a sentence, rather than for its bytes.
const MAX_BODY: usize = 64 << 20;

/// How the stand-in is to be started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// What `/login` accepts; without it every login is answered with 500, as the service does.
    pub password: Option<Secret>,
    /// What is to go wrong.
    pub faults: Faults,
}

/// A deterministic stand-in of the Waves service.
#[derive(Debug)]
pub struct Standin;

impl Standin {
    /// Binds the port and serves on the current tokio runtime until the answer is stopped or dropped.
    pub async fn start(engine: Arc<Engine>, options: Options) -> io::Result<Running> {
        let listener =
            TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let service = Arc::new(Service {
            engine,
            password: options.password,
            faults: FaultPlan::new(options.faults),
            sessions: Sessions::new(),
            counters: Counters::default(),
            started_at: jiff::Timestamp::now(),
            started: Instant::now(),
        });
        Running::serve(listener, router(service.clone()), service)
    }
}

/// What the handlers share.
#[derive(Debug)]
struct Service {
    engine: Arc<Engine>,
    password: Option<Secret>,
    faults: FaultPlan,
    sessions: Sessions,
    counters: Counters,
    started_at: jiff::Timestamp,
    started: Instant,
}

impl Service {
    /// Waits as long as calls are to take, and fails the call if it is to fail.
    async fn disturb(&self) -> Option<Response> {
        let fault = self.faults.next_call();
        tokio::time::sleep(self.faults.delay()).await;
        let status = StatusCode::from_u16(fault?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = refusal(status, "Fault on demand");
        if status != StatusCode::UNAUTHORIZED
            && let Some(seconds) = self.faults.faults.retry_after
        {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Some(response)
    }

    /// The results as they leave: of the length that faults have them, with CAMs that fail.
    fn spoil(&self, mut results: Vec<CamResult>) -> Vec<CamResult> {
        for (place, result) in results.iter_mut().enumerate() {
            if self.faults.fails_cam(place) {
                batch::fail_upstream(result);
            }
        }
        match self.faults.next_length() {
            Length::Right => {}
            Length::Short => results.truncate(results.len() / 2),
            Length::Long => results.extend(results.last().cloned()),
        }
        results
    }
}

fn router(service: Arc<Service>) -> Router {
    let protected = Router::new()
        .route("/api/recommendations/batch", post(batch::recommend))
        .route("/api/recommendations", get(pages::recommendations))
        .route("/api/status/engine", get(pages::status))
        .route("/get_sizes/{vehicle}", get(pages::sizes))
        .route("/app", get(pages::app))
        .route_layer(middleware::from_fn_with_state(service.clone(), session::require));
    Router::new()
        .route("/health", get(|| async { "OK" }))
        .route("/login", post(session::login))
        .merge(protected)
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "Not found") })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service)
}

/// An error answer as the service writes it.
fn refusal(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({ "error": message.into() }))).into_response()
}
