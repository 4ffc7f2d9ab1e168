//! The unified API: a product's core data, its daily series, reviews and keywords.

use super::service::{CallError, Service};
use jiff::civil::Date;
use reqwest::RequestBuilder;
use serde_json::Value;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Title, brand, category, what the listing has.
    Core,
    /// A record per day.
    Timeseries,
    /// Reviews.
    Reviews,
    /// Keywords.
    Keywords,
}

impl Kind {
    /// All, in the order they are asked for.
    pub const ALL: [Self; 4] = [Self::Core, Self::Timeseries, Self::Reviews, Self::Keywords];

    /// Its name in files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Timeseries => "timeseries",
            Self::Reviews => "reviews",
            Self::Keywords => "keywords",
        }
    }
}

/// The API.
#[derive(Debug)]
pub struct Unified(Service);

impl Unified {
    /// The API behind a service whose first secret is the token.
    pub fn new(service: Service) -> Self {
        Self(service)
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.0
    }

    /// Asks whether it answers.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn health(&self) -> Result<(), CallError> {
        let request = || self.authorized("health");
        self.0.call("health", "JSON", request, |_: Value| Some(())).await
    }

    /// A product's answer of one kind: an object for the core, else a list of objects, of the days from `since` to
    /// `until` where it is a series, from `since` where it is reviews. A day without `dt` is no series.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn fetch(
        &self,
        kind: Kind,
        site: &str,
        asin: &str,
        since: Date,
        until: Date,
    ) -> Result<Value, CallError> {
        let product = format!("products/{site}/{asin}");
        let (path, query, expected) = match kind {
            Kind::Core => (product, vec![], "an object"),
            Kind::Timeseries => {
                let days = vec![("start", since.to_string()), ("end", until.to_string())];
                (format!("{product}/timeseries"), days, "a list of objects with dt")
            }
            Kind::Reviews => {
                let since = vec![("since", since.to_string())];
                (format!("{product}/reviews"), since, "a list of objects")
            }
            Kind::Keywords => (format!("{product}/keywords"), vec![], "a list of objects"),
        };
        let request = || self.authorized(&path).query(&query);
        let accept = |answer: Value| is_of(kind, &answer).then_some(answer);
        self.0.call(&path, expected, request, accept).await
    }

    fn authorized(&self, path: &str) -> RequestBuilder {
        let request = self.0.get(path);
        match self.0.secret() {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        }
    }
}

fn is_of(kind: Kind, answer: &Value) -> bool {
    match kind {
        Kind::Core => answer.is_object(),
        Kind::Timeseries => {
            answer.as_array().is_some_and(|items| items.iter().all(|item| item.get("dt").is_some()))
        }
        Kind::Reviews | Kind::Keywords => {
            answer.as_array().is_some_and(|items| items.iter().all(Value::is_object))
        }
    }
}
