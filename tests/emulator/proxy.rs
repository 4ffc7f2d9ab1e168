//! What stands between the product and the emulators. It supplies what they lack of the real services, and
//! spoils calls where a case wants it.
//!
//! Supplied for Cloud Storage:
//! * `x-goog-generation` on reads, which Google's Rust client asks for, and reads of one generation only;
//! * writes on the condition that the generation is a certain one;
//! * whole requests: the emulator waits for ever for one that does not say how long it is;
//! * the address of an upload that goes on, which is the emulator's own;
//! * objects that the other emulator wrote into the shared folder.
//!
//! Supplied for BigQuery:
//! * extracts to a pattern of names: one file is written, and its number reported;
//! * parameters of scripts, which are written into them as variables; those of single statements it knows itself;
//! * `409` for a job id that exists.

use crate::faults::{Fault, Faults};
use aim::warehouse::template::Dialect;
use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use futures_util::stream;
use reqwest::Client;
use reqwest::header::{CONTENT_LENGTH, HeaderValue, LOCATION, RETRY_AFTER, TRANSFER_ENCODING};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Storage,
    BigQuery,
    /// Whatever else; nothing is supplied.
    Waves,
}

/// One service behind an address of its own.
pub(crate) struct Proxy {
    pub(crate) address: String,
    state: Arc<Stand>,
    task: tokio::task::JoinHandle<()>,
}

struct Stand {
    service: Service,
    upstream: String,
    own: Mutex<String>,
    buckets: PathBuf,
    client: Client,
    faults: Arc<Mutex<Faults>>,
    /// Ids of jobs that were taken, and of extracts among them.
    jobs: Mutex<BTreeSet<String>>,
    extracts: Mutex<BTreeSet<String>>,
    calls: Mutex<Vec<String>>,
    /// When the service was at each of them.
    spans: Mutex<Vec<[Instant; 2]>>,
}

impl Proxy {
    pub(crate) fn start(
        runtime: &Runtime,
        service: Service,
        upstream: &str,
        buckets: PathBuf,
        faults: &Arc<Mutex<Faults>>,
    ) -> anyhow::Result<Self> {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = format!("http://{}", listener.local_addr()?);
        let state = Arc::new(Stand {
            service,
            upstream: upstream.to_owned(),
            own: Mutex::new(address.clone()),
            buckets,
            client: Client::builder().no_proxy().pool_max_idle_per_host(0).build()?,
            faults: Arc::clone(faults),
            jobs: Mutex::default(),
            extracts: Mutex::default(),
            calls: Mutex::default(),
            spans: Mutex::default(),
        });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&state));
        let task = runtime.spawn(async move {
            // It ends with the process, or when it is stopped.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, state, task })
    }

    /// Every call so far: method, path, and what came of it.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.state.calls.lock().expect("no case has panicked here").clone()
    }

    /// When the service was at each call so far, from the request's end to the answer's.
    pub(crate) fn spans(&self) -> Vec<[Instant; 2]> {
        self.state.spans.lock().expect("no case has panicked here").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(State(state): State<Arc<Stand>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return plain(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let job = match serde_json::from_slice::<Value>(&body) {
        Ok(body) => body["jobReference"]["jobId"].as_str().map(|id| format!(" job={id}")),
        Err(_) => None,
    };
    let bearer = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    let bearer = bearer.filter(|_| state.service == Service::Waves).map(|text| format!(" {text}"));
    let about = job.or(bearer).unwrap_or_default();
    let call = format!("{} {path}{about}", parts.method);
    let fault = state.faults.lock().expect("no case has panicked here").next(state.service, &call);
    let note = |what: &str| {
        state.calls.lock().expect("no case has panicked here").push(format!("{call} {what}"));
    };
    match fault {
        None => {}
        Some(Fault::Status(status, retry_after)) => {
            note(&status.to_string());
            return refused(status, retry_after);
        }
        Some(Fault::Page(status)) => {
            note(&format!("{status} as a page"));
            return plain(status, "<html>The server is busy</html>");
        }
        Some(Fault::Reset) => {
            note("reset");
            return broken_off(Bytes::new());
        }
        Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
        // These happen after the service has done what it was asked for.
        Some(Fault::LostReply | Fault::Truncated | Fault::Duplicated) => {}
    }
    if fault == Some(Fault::Duplicated) {
        // The second request is the one that is answered.
        let _ = state.forward(&parts, &path, &body).await;
    }
    let begun = Instant::now();
    let response = match state.forward(&parts, &path, &body).await {
        Ok(response) => response,
        Err(error) => plain(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    };
    state.spans.lock().expect("no case has panicked here").push([begun, Instant::now()]);
    match fault {
        Some(Fault::LostReply) => {
            note("lost reply");
            broken_off(Bytes::new())
        }
        Some(Fault::Truncated) => {
            note("truncated");
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
            broken_off(body.slice(..body.len() / 2))
        }
        _ => {
            note(response.status().as_str());
            response
        }
    }
}

impl Stand {
    async fn forward(
        &self,
        parts: &axum::http::request::Parts,
        path: &str,
        body: &Bytes,
    ) -> anyhow::Result<Response> {
        match self.service {
            Service::Storage => self.storage(parts, path, body.clone()).await,
            Service::BigQuery => self.bigquery(parts, path, body.clone()).await,
            Service::Waves => {
                let (status, headers, content) = self.send(parts, path, body.clone()).await?;
                Ok(whole(status, headers, content))
            }
        }
    }

    async fn send(
        &self,
        parts: &axum::http::request::Parts,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<(StatusCode, axum::http::HeaderMap, Bytes)> {
        let mut request =
            self.client.request(parts.method.clone(), format!("{}{path}", self.upstream));
        for (name, value) in &parts.headers {
            let hop = ["host", "connection", "content-length", "transfer-encoding", "expect"];
            if !hop.contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        if parts.method != Method::GET {
            request = request.header(CONTENT_LENGTH, body.len());
        }
        let response = request.body(body).send().await.context("The emulator does not answer")?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok((status, headers, response.bytes().await?))
    }

    async fn storage(
        &self,
        parts: &axum::http::request::Parts,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Response> {
        let wanted = query_number(path, "ifGenerationMatch");
        if let (Some(wanted), Some((bucket, object))) = (wanted, uploaded(path))
            && self.generation(bucket, &object).await? != wanted
        {
            return Ok(refused_with(StatusCode::PRECONDITION_FAILED, "conditionNotMet", None));
        }
        let mut answer = self.send(parts, path, body.clone()).await?;
        let named = named(path);
        if answer.0 == StatusCode::NOT_FOUND
            && let Some((bucket, object)) = &named
            && parts.method != Method::DELETE
            && self.adopt(bucket, object).await?
        {
            answer = self.send(parts, path, body).await?;
        }
        let (status, mut headers, content) = answer;
        if parts.method == Method::GET
            && path.contains("alt=media")
            && status.is_success()
            && let Some((bucket, object)) = named
        {
            let generation = self.generation(bucket, &object).await?;
            if query_number(path, "generation").is_some_and(|wanted| wanted != generation) {
                return Ok(refused(StatusCode::NOT_FOUND, None));
            }
            headers.insert("x-goog-generation", HeaderValue::from(generation));
        }
        if let Some(location) = headers.get(LOCATION).and_then(|to| to.to_str().ok()) {
            let own = self.own.lock().expect("no case has panicked here").clone();
            let upload = location.find("/upload/").map_or(location, |at| &location[at..]);
            headers.insert(LOCATION, HeaderValue::from_str(&format!("{own}{upload}"))?);
        }
        Ok(whole(status, headers, content))
    }

    /// Has the emulator know an object that is in its folder.
    async fn adopt(&self, bucket: &str, object: &str) -> anyhow::Result<bool> {
        let Ok(content) = std::fs::read(self.buckets.join(bucket).join(object)) else {
            return Ok(false);
        };
        let request = self.client.post(format!("{}/upload/storage/v1/b/{bucket}/o", self.upstream));
        let request = request.query(&[("uploadType", "media"), ("name", object)]);
        Ok(request.body(content).send().await?.status().is_success())
    }

    /// An object's generation, 0 where there is no such object.
    async fn generation(&self, bucket: &str, object: &str) -> anyhow::Result<i64> {
        let mut url = reqwest::Url::parse(&self.upstream)?;
        url.path_segments_mut()
            .map_err(|()| anyhow::anyhow!("It has no path"))?
            .extend(["storage", "v1", "b", bucket, "o", object]);
        let answer = self.client.get(url).send().await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(0);
        }
        let about: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(about["generation"].as_str().context("It has a generation")?.parse()?)
    }

    async fn bigquery(
        &self,
        parts: &axum::http::request::Parts,
        path: &str,
        body: Bytes,
    ) -> anyhow::Result<Response> {
        let mut body = body;
        let inserts = parts.method == Method::POST && path.ends_with("/jobs");
        let mut id = path.split(['?', '&']).next().and_then(|path| path.split("/jobs/").nth(1));
        let inserted;
        if inserts {
            let mut job: Value = serde_json::from_slice(&body)?;
            inserted = job["jobReference"]["jobId"].as_str().unwrap_or_default().to_owned();
            if !self.jobs.lock().expect("no case has panicked here").insert(inserted.clone()) {
                return Ok(refused_with(StatusCode::CONFLICT, "duplicate", None));
            }
            if let Some(query) = job.pointer_mut("/configuration/query") {
                declare_parameters(query)?;
                body = serde_json::to_vec(&job)?.into();
            }
            if let Some(uri) = job.pointer_mut("/configuration/extract/destinationUris/0")
                && let Some(name) = uri.as_str().filter(|name| name.contains('*'))
            {
                let name = name.replace('*', "000000000000");
                let file = self.buckets.join(name.trim_start_matches("gs://"));
                std::fs::create_dir_all(file.parent().context("It has a folder")?)?;
                *uri = json!(name);
                self.extracts.lock().expect("no case has panicked here").insert(inserted.clone());
                body = serde_json::to_vec(&job)?.into();
            }
            id = Some(&inserted);
        }
        let (status, headers, content) = self.send(parts, path, body).await?;
        if inserts && !status.is_success() {
            let id = id.unwrap_or_default();
            self.jobs.lock().expect("no case has panicked here").remove(id);
        }
        let extract = id.is_some_and(|id| {
            self.extracts.lock().expect("no case has panicked here").contains(id)
        });
        let content = match serde_json::from_slice::<Value>(&content) {
            Ok(mut job) if extract && status.is_success() => {
                job["statistics"]["extract"] = json!({"destinationUriFileCounts": ["1"]});
                serde_json::to_vec(&job)?.into()
            }
            _ => content,
        };
        Ok(whole(status, headers, content))
    }
}

/// Has a script begin with a variable for each of its parameters, and read those.
fn declare_parameters(query: &mut Value) -> anyhow::Result<()> {
    let script = query["query"].as_str().context("It has SQL")?.to_owned();
    let parameters = query["queryParameters"].as_array().cloned().unwrap_or_default();
    if parameters.is_empty() || !script.trim_end().trim_end_matches(';').contains(';') {
        return Ok(());
    }
    let (mut begin, mut script) = (String::new(), script);
    // Longer names first: one may begin like another.
    for parameter in parameters.iter().rev() {
        let name = parameter["name"].as_str().context("It has a name")?;
        let kind = parameter["parameterType"]["type"].as_str().context("It has a type")?;
        let literal = |kind: &str, value: &Value| {
            let text = value["value"].as_str().context("It has a value")?;
            anyhow::Ok(format!("cast({} as {kind})", Dialect::BigQuery.literal(text)))
        };
        let value = &parameter["parameterValue"];
        let (kind, value) = match parameter.pointer("/parameterType/arrayType/type") {
            None => (kind.to_owned(), literal(kind, value)?),
            Some(member) => {
                let member = member.as_str().context("It has a type")?;
                let values = value["arrayValues"].as_array().context("It has values")?;
                let values = values.iter().map(|value| literal(member, value));
                let values = values.collect::<anyhow::Result<Vec<_>>>()?.join(", ");
                (format!("array<{member}>"), format!("[{values}]"))
            }
        };
        begin += &format!("declare {name} {kind} default {value};\n");
        script = script.replace(&format!("@{name}"), name);
    }
    query["query"] = json!(begin + &script);
    query["queryParameters"] = json!([]);
    Ok(())
}

/// The object that the path of a call names, and its bucket.
fn named(path: &str) -> Option<(&str, String)> {
    let path = path.split('?').next()?.strip_prefix("/storage/v1/b/")?;
    let (bucket, object) = path.split_once("/o/")?;
    let object = object.split("/rewriteTo/").next()?;
    Some((bucket, unescaped(object)))
}

/// The object that an upload is of, and its bucket.
fn uploaded(path: &str) -> Option<(&str, String)> {
    let (path, query) = path.split_once('?')?;
    let bucket = path.strip_prefix("/upload/storage/v1/b/")?.strip_suffix("/o")?;
    let name = query.split('&').find_map(|pair| pair.strip_prefix("name="))?;
    Some((bucket, unescaped(&name.replace('+', " "))))
}

fn query_number(path: &str, name: &str) -> Option<i64> {
    let (_, query) = path.split_once('?')?;
    let value = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
    query.split('&').find_map(value)
}

fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let code = rest.get(1..3).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn whole(status: StatusCode, mut headers: axum::http::HeaderMap, content: Bytes) -> Response {
    headers.remove(TRANSFER_ENCODING);
    headers.remove(CONTENT_LENGTH);
    headers.remove("connection");
    let mut response = Response::new(Body::from(content));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    response
}

fn refused(status: StatusCode, retry_after: Option<Duration>) -> Response {
    let reason = match status.as_u16() {
        401 => "authError",
        403 => "accessDenied",
        404 => "notFound",
        409 => "duplicate",
        429 => "rateLimitExceeded",
        _ => "backendError",
    };
    refused_with(status, reason, retry_after)
}

fn refused_with(status: StatusCode, reason: &str, retry_after: Option<Duration>) -> Response {
    let message = format!("Refused by the test: {reason}");
    let error = json!({"error": {
        "code": status.as_u16(),
        "message": message,
        "status": reason,
        "errors": [{"reason": reason, "message": message, "domain": "global"}],
    }});
    let mut response = plain(status, &error.to_string());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    if let Some(wait) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

/// An answer that ends in the middle, with its connection.
fn broken_off(begin: Bytes) -> Response {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let parts = [Ok(begin), Err(error)].into_iter();
    Response::new(Body::from_stream(stream::iter(parts)))
}
