//! The Selling Partner API of Amazon: a seller's own orders and stock.

mod login;
mod orders;
mod report;

pub use login::Login;
pub use orders::{Order, Unknown};

use super::batch::Found;
use super::market::Market;
use super::service::{CallError, Service};
use jiff::civil::Date;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How requests say whose they are.
#[derive(Debug)]
pub enum Identity {
    /// By a token that the seller's refresh token is changed for.
    Login(Box<Login>),
    /// By the refresh token itself: the service's first secret.
    RefreshToken,
}

/// The API in one market.
#[derive(Debug)]
pub struct Spapi {
    service: Service,
    market: Market,
    identity: Identity,
}

impl Spapi {
    /// The API of a market.
    pub fn new(service: Service, market: Market, identity: Identity) -> Self {
        Self { service, market, identity }
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Asks whether the seller is let in.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn health(&self) -> Result<(), CallError> {
        let query = self.inventory_query();
        let request =
            |token: &str| self.authorized(self.service.get(INVENTORY), token).query(&query);
        self.call(INVENTORY, "an object", &request, &|_: Value| Some(())).await
    }

    /// What is in stock of the seller's products, as a series of `day`. All pages.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn inventory(&self, day: Date) -> Result<Vec<Found>, CallError> {
        let mut products: BTreeMap<String, (f64, Vec<Value>)> = BTreeMap::new();
        let mut next: Option<String> = None;
        loop {
            let mut query = self.inventory_query();
            query.extend(next.take().map(|next| ("nextToken", next)));
            let request =
                |token: &str| self.authorized(self.service.get(INVENTORY), token).query(&query);
            let accept = |answer: Value| {
                let summaries = answer.pointer("/payload/inventorySummaries")?.as_array()?.clone();
                let next = answer.pointer("/pagination/nextToken").and_then(Value::as_str);
                Some((summaries, next.map(str::to_owned)))
            };
            let (summaries, more) =
                self.call(INVENTORY, "payload.inventorySummaries", &request, &accept).await?;
            for summary in summaries {
                // Several articles of a seller may be one product.
                let Some(asin) = summary.get("asin").and_then(Value::as_str) else { continue };
                let stock = summary
                    .pointer("/inventoryDetails/fulfillableQuantity")
                    .or_else(|| summary.get("totalQuantity"));
                let product = products.entry(asin.to_owned()).or_default();
                product.0 += stock.and_then(Value::as_f64).unwrap_or_default();
                product.1.push(summary);
            }
            match more {
                Some(more) => next = Some(more),
                None => break,
            }
        }
        let site = self.market.site;
        let found = |(asin, (stock, summaries)): (String, (f64, Vec<Value>))| {
            let series =
                json!([{ "asin": &asin, "site": site, "dt": day.to_string(), "stock_est": stock }]);
            Found { asin, raw: summaries.into(), records: vec![("timeseries", series)] }
        };
        Ok(products.into_iter().map(found).collect())
    }

    fn inventory_query(&self) -> Vec<(&'static str, String)> {
        vec![
            ("details", "true".to_owned()),
            ("granularityType", "Marketplace".to_owned()),
            ("granularityId", self.market.id.to_owned()),
            ("marketplaceIds", self.market.id.to_owned()),
        ]
    }

    /// Calls with a token; once more with a new one where that is refused.
    async fn call<T>(
        &self,
        path: &str,
        expected: &'static str,
        request: &(impl Fn(&str) -> RequestBuilder + Sync),
        accept: &(impl Fn(Value) -> Option<T> + Sync),
    ) -> Result<T, CallError> {
        let Identity::Login(login) = &self.identity else {
            let token = self.service.secret().map(|token| token.expose()).unwrap_or_default();
            return self.service.call(path, expected, || request(token), accept).await;
        };
        let token = login.token(&self.service).await?;
        let called = self.service.call(path, expected, || request(token.expose()), accept).await;
        match called {
            Err(CallError::Status { status: 401 | 403, .. }) => {
                login.forget(&token).await;
                let token = login.token(&self.service).await?;
                self.service.call(path, expected, || request(token.expose()), accept).await
            }
            called => called,
        }
    }

    fn authorized(&self, request: RequestBuilder, token: &str) -> RequestBuilder {
        match self.identity {
            Identity::Login(_) => request.header("x-amz-access-token", token),
            Identity::RefreshToken => request.bearer_auth(token),
        }
    }
}

const INVENTORY: &str = "fba/inventory/v1/summaries";
