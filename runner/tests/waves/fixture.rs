//! A stand-in with tyres, and ways to speak to it.

use aim::secret::Secret;
use aim::waves::{
    Cam, CamResult, Candidate, Client, ClientConfig, Engine, Faults, Options, Progress, ResultSink,
    Running, Standin, client::Event,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) use crate::scripted_waves::PASSWORD;

/// Forty tyres in each of two sizes for AUDIA3 and BMW3 SERIES, a fifth of them budget.
pub(crate) fn candidates() -> Vec<Candidate> {
    const BRANDS: [&str; 5] = ["Michelin", "Pirelli", "Hankook", "Kumho", "Zeetex"];
    const GRADES: [&str; 5] = ["Premium", "Premium", "MidRange", "MidRange", "Budget"];
    const TIERS: [&str; 3] = ["1.BEST TYRE SCORE", "2.BETTER TYRE SCORE", "Unclassified"];
    let mut rows = Vec::new();
    for (vehicle, segment) in [("AUDIA3", "City Car"), ("BMW3 SERIES", "Executive <car>")] {
        for (place, size) in ["205/55 R16 V", "225/40 R18 Y"].into_iter().enumerate() {
            rows.extend((0..40_usize).map(|number| Candidate {
                tyre_score: TIERS[number % 3].into(),
                product_id: 20_000_000 + (place * 40 + number) as i64,
                grade: GRADES[number % 5].into(),
                brand: BRANDS[number % 5].into(),
                model: format!("Model {}", number / 5),
                season: ["Summer", "AllSeason", "Winter"][number % 7 % 3].into(),
                segment: segment.into(),
                vehicle: vehicle.into(),
                size: size.into(),
                price: Some(60.0 + number as f64),
                offer: if number % 4 == 0 { "ONOFFER" } else { "NORMAL" }.into(),
                price_fluctuation: 0.8 + number as f64 / 100.0,
                units: (number * 7 % 11) as i64,
                goldilocks_zone: Some(80.0),
                budget_share: if vehicle == "AUDIA3" { 40.0 } else { 20.0 },
                sales_status: "Active".into(),
            }));
        }
    }
    rows
}

/// Distinct CAMs that all have candidates.
pub(crate) fn cams(count: usize) -> Vec<Cam> {
    (0..count).map(|number| Cam::new(format!("VEHICLE {number}"), "225/40 R18")).collect()
}

pub(crate) async fn standin(faults: Faults) -> Running {
    let options = Options { port: 0, password: Some(Secret::new(PASSWORD)), faults };
    Standin::start(Arc::new(Engine::new(candidates())), options).await.unwrap()
}

/// The usual patience with waits of milliseconds instead of seconds, and without jitter.
pub(crate) fn config(url: &str) -> ClientConfig {
    ClientConfig {
        first_wait: Duration::from_millis(1),
        jitter: 0.0,
        ..ClientConfig::new(url, Secret::new(PASSWORD))
    }
}

/// What a client told about its waits and logins.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<Event>>>);

impl Told {
    pub(crate) fn waits_ms(&self) -> Vec<u128> {
        self.waits_us().into_iter().map(|wait| wait / 1000).collect()
    }

    pub(crate) fn waits_us(&self) -> Vec<u128> {
        let events = self.0.lock().unwrap();
        let waits = events.iter().filter_map(|event| match event {
            Event::Waiting { delay, .. } => Some(delay.as_micros()),
            Event::Refreshing { .. } => None,
        });
        waits.collect()
    }

    pub(crate) fn text(&self) -> String {
        format!("{:?}", self.0.lock().unwrap())
    }
}

pub(crate) async fn connect(config: ClientConfig) -> (Client, Told) {
    let told = Told::default();
    let events = told.0.clone();
    let client = Client::connect(config).await.unwrap();
    (client.listen(move |event| events.lock().unwrap().push(event.clone())), told)
}

/// Keeps everything a run produces.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) results: BTreeMap<usize, CamResult>,
    pub(crate) stored: usize,
    pub(crate) requests: Vec<String>,
    /// Requests and replies by their numbers.
    pub(crate) replies: BTreeMap<u64, (Vec<u8>, Vec<u8>)>,
    pub(crate) replies_may_repeat: bool,
    pub(crate) progress: Vec<Progress>,
}

impl ResultSink for Kept {
    fn store(&mut self, results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        self.stored += results.len();
        self.results.extend(results);
        Ok(())
    }

    fn kept(&mut self, number: u64, request: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        let kept = self.replies.get(&number).filter(|(asked, _)| asked == request);
        Ok(kept.map(|(_, reply)| reply.clone()))
    }

    fn keep(&mut self, number: u64, request: &[u8], reply: &[u8]) -> anyhow::Result<()> {
        let earlier = self.replies.insert(number, (request.to_vec(), reply.to_vec()));
        assert!(earlier.is_none() || self.replies_may_repeat, "{number} is used twice");
        Ok(())
    }

    fn request(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.requests.push(String::from_utf8(request.to_vec())?);
        Ok(())
    }

    fn progress(&mut self, progress: Progress) -> anyhow::Result<()> {
        self.progress.push(progress);
        Ok(())
    }
}

/// An HTTP client that knows nothing of Waves, and the address it speaks to.
pub(crate) struct Http {
    client: reqwest::Client,
    url: String,
}

impl Http {
    pub(crate) fn new(running: &Running) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().cookie_store(true).no_proxy();
        Self { client: builder.tls_certs_only([]).build().unwrap(), url: running.url() }
    }

    pub(crate) async fn logged_in(running: &Running) -> Self {
        let http = Self::new(running);
        assert_eq!(http.login(PASSWORD).await.status(), 200);
        http
    }

    pub(crate) async fn login(&self, password: &str) -> reqwest::Response {
        let url = format!("{}/login", self.url);
        self.client.post(url).form(&[("password", password)]).send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// Posts a body to the batch endpoint: status and JSON.
    pub(crate) async fn post(&self, kind: &str, body: String) -> (u16, Value) {
        let url = format!("{}/api/recommendations/batch", self.url);
        let request = self.client.post(url).header("Content-Type", kind).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn batch(&self, cams: Value, params: Value) -> (u16, Value) {
        let body = json!({ "run_id": "test", "cams": cams, "params": params });
        self.post("application/json", body.to_string()).await
    }
}
