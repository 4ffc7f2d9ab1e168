//! A server that answers what it is told, one answer after the other, the last one for ever.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use std::sync::{Arc, Mutex};
use tokio::runtime::Runtime;

/// Status and body.
pub(crate) type Answer = (u16, &'static str);

/// The server; it ends when dropped.
pub(crate) struct Scripted {
    pub(crate) url: String,
    shared: Arc<Shared>,
    runtime: Runtime,
}

struct Shared {
    answers: Vec<Answer>,
    /// Paths with their queries, the key of the request, bodies.
    requests: Mutex<Vec<[String; 3]>>,
}

impl Scripted {
    pub(crate) fn start(answers: &[Answer]) -> Self {
        let shared = Arc::new(Shared { answers: answers.to_vec(), requests: Mutex::default() });
        let runtime = Runtime::new().expect("a runtime");
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, shared, runtime }
    }

    /// What was asked for so far.
    pub(crate) fn requests(&self) -> Vec<[String; 3]> {
        self.shared.requests.lock().expect("not poisoned").clone()
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut requests = shared.requests.lock().expect("not poisoned");
    let place = requests.len().min(shared.answers.len() - 1);
    let key = ["authorization", "x-api-key"].iter().find_map(|name| headers.get(*name));
    let key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let body = String::from_utf8_lossy(&body).into_owned();
    requests.push([uri.to_string(), key.unwrap_or_default(), body]);
    let (status, body) = shared.answers[place];
    (StatusCode::from_u16(status).expect("a status"), body).into_response()
}
