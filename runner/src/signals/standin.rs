//! A unified API that runs here: the specified shapes, the same answers every time, faults on demand. The other
//! services stand beside it, below their names, and tell the same of the same products.

mod faults;
mod keepa;
mod keywords;
mod paapi;
mod products;
mod spapi;

pub use faults::Faults;
pub use products::{MOST_PRODUCTS, asin_of};

use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use faults::{Fault, FaultPlan};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// So many products the services know that are not asked for each.
pub const KNOWN_PRODUCTS: u32 = 120;

/// The longest series of one answer, in days.
const MOST_DAYS: i32 = 3_660;

/// How the stand-in is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The token it wants; without one any will do.
    pub token: Option<String>,
    /// What goes wrong.
    pub faults: Faults,
}

/// A stand-in that serves; dropping it ends it after the requests in progress.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// What all services have together.
#[derive(Debug)]
struct Shared {
    token: Option<String>,
    faults: FaultPlan,
    started: Instant,
    requests: AtomicU64,
    /// Reports that somebody looked for.
    begun: std::sync::Mutex<std::collections::BTreeSet<String>>,
    /// Milliseconds since the start, of each request.
    times: std::sync::Mutex<Vec<u64>>,
}

impl Running {
    /// Binds the port and serves on the current runtime.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn start(options: Options) -> io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            token: options.token,
            faults: FaultPlan::new(options.faults),
            started: Instant::now(),
            requests: AtomicU64::new(0),
            begun: std::sync::Mutex::default(),
            times: std::sync::Mutex::default(),
        });
        let router = router(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            // An error of the receiver means that the sender was dropped: stop as well.
            let stopped = async move { drop(stopped.await) };
            axum::serve(listener, router).with_graceful_shutdown(stopped).await
        });
        Ok(Self { address, shared, stop, task })
    }

    /// For example `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests came so far, health checks left out.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// When each of them came, in milliseconds since the start.
    pub fn times(&self) -> Vec<u64> {
        self.shared.times.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Accepts no more requests, lets those in progress end.
    ///
    /// # Errors
    ///
    /// When serving failed.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        self.task.await.map_err(io::Error::other)?
    }
}

impl Shared {
    /// Counts a request.
    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let time = self.started.elapsed().as_millis() as u64;
        self.times.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(time);
    }

    /// Whether this is the token, or any will do.
    fn admits(&self, given: Option<&str>) -> bool {
        given.is_some_and(|given| self.token.as_deref().is_none_or(|token| given == token))
    }

    fn is_unknown(&self, asin: &str) -> bool {
        self.faults.faults.unknown.iter().any(|unknown| unknown == asin)
    }

    /// Counts a request of somebody who is admitted or not, and lets it fail if it is to fail.
    async fn receive(&self, is_admitted: bool, asin: &str) -> Result<(), Box<Response>> {
        self.count();
        if !is_admitted {
            return Err(Box::new(refusal(StatusCode::UNAUTHORIZED, "Unknown token")));
        }
        let faults = &self.faults;
        tokio::time::sleep(Duration::from_millis(faults.faults.slow_ms)).await;
        match faults.next(asin) {
            Some(Fault::Status(status)) => {
                let status =
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = refusal(status, "Fault on demand");
                if let Some(seconds) = faults.faults.retry_after {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                Err(Box::new(response))
            }
            Some(Fault::NoJson) => Err(Box::new("<html>maintenance</html>".into_response())),
            None => Ok(()),
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/keepa", keepa::router())
        .nest("/helium10", keywords::router())
        .nest("/junglescout", keywords::router())
        .nest("/paapi5", paapi::router())
        .nest("/spapi", spapi::router(&shared))
        .route("/health", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/products/{site}/{asin}", get(core))
        .route("/products/{site}/{asin}/timeseries", get(timeseries))
        .route("/products/{site}/{asin}/reviews", get(reviews))
        .route("/products/{site}/{asin}/keywords", get(keywords))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "Not found") })
        .with_state(shared)
}

type Product = Path<(String, String)>;

async fn core(State(shared): State<Arc<Shared>>, product: Product, headers: HeaderMap) -> Response {
    answer(&shared, &headers, product, |site, asin| Ok(products::core(site, asin))).await
}

#[derive(Debug, Deserialize)]
struct Days {
    start: Date,
    end: Date,
}

async fn timeseries(
    State(shared): State<Arc<Shared>>,
    product: Product,
    Query(days): Query<Days>,
    headers: HeaderMap,
) -> Response {
    answer(&shared, &headers, product, |site, asin| {
        let Days { start, end } = days;
        let length = start.until(end).map(|span| span.get_days());
        match length {
            Ok(0..=MOST_DAYS) => {}
            _ => return Err("start and end are days, the first one first"),
        }
        let days = start.series(1.day()).take_while(|day| *day <= end);
        Ok(days.filter_map(|day| products::day(site, asin, day)).collect())
    })
    .await
}

#[derive(Debug, Deserialize)]
struct Since {
    since: Date,
}

async fn reviews(
    State(shared): State<Arc<Shared>>,
    product: Product,
    Query(Since { since }): Query<Since>,
    headers: HeaderMap,
) -> Response {
    answer(&shared, &headers, product, |site, asin| Ok(products::reviews(site, asin, since))).await
}

async fn keywords(
    State(shared): State<Arc<Shared>>,
    product: Product,
    headers: HeaderMap,
) -> Response {
    answer(&shared, &headers, product, |site, asin| Ok(products::keywords(site, asin))).await
}

/// Answers what `make` makes, unless the request fails.
async fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    Path((site, asin)): Product,
    make: impl FnOnce(&str, &str) -> Result<Value, &'static str>,
) -> Response {
    if let Err(response) = shared.receive(shared.admits(bearer(headers)), &asin).await {
        return *response;
    }
    match make(&site, &asin) {
        Ok(value) => Json(value).into_response(),
        Err(reason) => refusal(StatusCode::BAD_REQUEST, reason),
    }
}

/// The token of the header `authorization`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
