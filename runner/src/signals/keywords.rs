//! Helium10 and JungleScout: search volumes of keywords. Both speak alike.

use super::service::{CallError, Service};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// The most keywords of one request.
pub const MOST_KEYWORDS: usize = 100;

/// One of the two.
#[derive(Debug)]
pub struct Keywords(Service);

impl Keywords {
    /// The service's first secret is the key.
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
        let accept = |_: Value| Some(());
        self.0.call("status", "JSON", || self.authorized("status"), accept).await
    }

    /// What is known about at most [`MOST_KEYWORDS`] keywords: each as it came, and as the unified API would say
    /// it.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn keywords(
        &self,
        site: &str,
        keywords: &[String],
    ) -> Result<Vec<[Value; 2]>, CallError> {
        let query = [("keywords", keywords.join(",")), ("marketplace", site.to_owned())];
        let request = || self.authorized("keywords").query(&query);
        let accept = |answer: Value| {
            let items = answer.get("data")?.as_array()?;
            Some(items.iter().map(|item| [item.clone(), canonical(item)]).collect())
        };
        self.0.call("keywords", "a list of keywords as data", request, accept).await
    }

    fn authorized(&self, path: &str) -> RequestBuilder {
        let key = self.0.secret().map(|key| key.expose()).unwrap_or_default();
        self.0.get(path).header("X-API-KEY", key)
    }
}

fn canonical(item: &Value) -> Value {
    json!({
        "keyword": item["keyword"],
        "est_search_volume": item["search_volume"],
        "difficulty": item["difficulty"],
        "cpc": item["cpc"],
    })
}
