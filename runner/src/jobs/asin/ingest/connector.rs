//! One service in one market, and how it is asked about products.

use super::Days;
use crate::signals::{
    CallError, Counts, Found, Keepa, Keywords, Kind, Paapi, Service, Spapi, Unified, keywords,
};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// A service.
pub(super) enum Connector {
    Unified(Unified),
    Keepa(Keepa),
    Keywords(Keywords),
    Spapi(Spapi),
    Paapi(Paapi),
}

/// What is asked about some products of a market.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) site: String,
    /// Products, and the kinds of answers that are missing of each.
    pub(super) products: Vec<(String, Vec<&'static str>)>,
    /// The days of series and orders.
    pub(super) days: Days,
    /// The first day of reviews.
    pub(super) reviews_since: Date,
    /// Keywords of the products.
    pub(super) keywords: BTreeMap<String, Vec<String>>,
    /// Whether no order of the market is known yet.
    pub(super) orders_are_new: bool,
}

/// A part of what a service says.
pub(super) struct Part {
    pub(super) asin: String,
    /// As it came.
    pub(super) raw: Value,
    /// By kind, as the tables take it.
    pub(super) records: Vec<(&'static str, Value)>,
}

/// What could not be had of a product, or, of orders, of an order.
pub(super) struct Failed {
    pub(super) asin: String,
    pub(super) kind: &'static str,
    pub(super) class: &'static str,
    pub(super) reason: String,
}

/// What came of a question.
#[derive(Default)]
pub(super) struct Reply {
    pub(super) parts: Vec<Part>,
    pub(super) failed: Vec<Failed>,
}

impl Connector {
    /// The service below.
    fn service(&self) -> &Service {
        match self {
            Self::Unified(api) => api.service(),
            Self::Keepa(api) => api.service(),
            Self::Keywords(api) => api.service(),
            Self::Spapi(api) => api.service(),
            Self::Paapi(api) => api.service(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.service().counts()
    }

    /// Whether it answers, and lets us in.
    pub(super) async fn health(&self) -> Result<(), CallError> {
        match self {
            Self::Unified(api) => api.health().await,
            Self::Keepa(api) => api.health().await,
            Self::Keywords(api) => api.health().await,
            Self::Spapi(api) => api.health().await,
            Self::Paapi(api) => api.health().await,
        }
    }

    /// Asks. Whatever fails is in the reply, with its product.
    pub(super) async fn ask(&self, question: &Question) -> Reply {
        let mut reply = Reply::default();
        match self {
            Self::Unified(api) => unified(api, question, &mut reply).await,
            Self::Keywords(api) => volumes(api, question, &mut reply).await,
            Self::Spapi(api) => seller(api, question, &mut reply).await,
            Self::Keepa(_) | Self::Paapi(_) => self.batches(question, &mut reply).await,
        }
        reply
    }

    /// Many products at once. A batch that is refused is asked for by halves, so that one product does not stop the
    /// others.
    async fn batches(&self, question: &Question, reply: &mut Reply) {
        let asins: Vec<String> = question.products.iter().map(|(asin, _)| asin.clone()).collect();
        let mut pending = vec![asins];
        while let Some(mut asins) = pending.pop() {
            let batch = match self {
                Self::Keepa(api) => api.histories(&question.site, &asins, question.days).await,
                Self::Paapi(api) => api.listings(&asins, question.days.until).await,
                Self::Unified(_) | Self::Keywords(_) | Self::Spapi(_) => return,
            };
            let batch = match batch {
                Ok(batch) => batch,
                Err(CallError::Status { status: 400 | 404 | 422, .. }) if asins.len() > 1 => {
                    let rest = asins.split_off(asins.len() / 2);
                    pending.extend([rest, asins]);
                    continue;
                }
                Err(error) => {
                    asins.iter().for_each(|asin| reply.fail(question, asin, &error));
                    continue;
                }
            };
            let mut found: BTreeMap<String, Found> =
                batch.found.into_iter().map(|found| (found.asin.clone(), found)).collect();
            let reasons: BTreeMap<String, String> =
                batch.lacking.into_iter().map(|lacking| (lacking.asin, lacking.reason)).collect();
            for asin in asins {
                match found.remove(&asin) {
                    Some(found) => reply.parts.push(found.into()),
                    None => {
                        let reason = reasons.get(&asin).map(String::as_str);
                        reply.lack(
                            question,
                            &asin,
                            reason.unwrap_or("The answer does not have it"),
                        );
                    }
                }
            }
        }
    }
}

async fn unified(api: &Unified, question: &Question, reply: &mut Reply) {
    for (asin, kinds) in &question.products {
        for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(&kind.name())) {
            let Days { since, until } = question.days;
            let since = if kind == Kind::Reviews { question.reviews_since } else { since };
            match api.fetch(kind, &question.site, asin, since, until).await {
                Ok(body) => reply.parts.push(Part {
                    asin: asin.clone(),
                    raw: body.clone(),
                    records: vec![(kind.name(), body)],
                }),
                Err(error) => reply.failed.push(Failed::new(asin, kind.name(), &error)),
            }
        }
    }
}

async fn volumes(api: &Keywords, question: &Question, reply: &mut Reply) {
    for (asin, _) in &question.products {
        let of_product = question.keywords.get(asin).map(Vec::as_slice).unwrap_or_default();
        let (mut raw, mut records) = (Vec::new(), Vec::new());
        let mut failure = None;
        for some in of_product.chunks(keywords::MOST_KEYWORDS) {
            match api.keywords(&question.site, some).await {
                Ok(found) => {
                    for [came, record] in found {
                        raw.push(came);
                        records.push(record);
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) => reply.fail(question, asin, &error),
            None => reply.parts.push(Part {
                asin: asin.clone(),
                raw: raw.into(),
                records: vec![("keywords", records.into())],
            }),
        }
    }
}

/// The stock and orders of the products that are asked for, whatever else the seller has.
async fn seller(api: &Spapi, question: &Question, reply: &mut Reply) {
    let lacks = |kind: &'static str| {
        let lacking = question.products.iter().filter(move |(_, kinds)| kinds.contains(&kind));
        lacking.map(|(asin, _)| asin)
    };
    match api.inventory(question.days.until).await {
        Ok(found) => {
            let mut found: BTreeMap<String, Found> =
                found.into_iter().map(|found| (found.asin.clone(), found)).collect();
            for asin in lacks("timeseries") {
                // Nothing is known of the stock of what a seller does not have.
                reply.parts.push(
                    found.remove(asin).map_or_else(|| Part::empty(asin, "timeseries"), Part::from),
                );
            }
        }
        Err(error) => {
            lacks("timeseries")
                .for_each(|asin| reply.failed.push(Failed::new(asin, "timeseries", &error)));
        }
    }
    let orders = match question.orders_are_new {
        true => api.order_history(question.days).await.map(|orders| (orders, Vec::new())),
        false => api.orders(question.days).await,
    };
    match orders {
        Ok((orders, unknown)) => {
            let mut by_product: BTreeMap<String, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
            for order in orders {
                let (raw, records) = by_product.entry(order.asin.clone()).or_default();
                records.push(order.record());
                raw.push(order.raw);
            }
            for asin in lacks("orders") {
                let (raw, records) = by_product.remove(asin).unwrap_or_default();
                let records = vec![("orders", records.into())];
                reply.parts.push(Part { asin: asin.clone(), raw: raw.into(), records });
            }
            for order in unknown {
                reply.failed.push(Failed::new(&order.order_id, "orders", &order.error));
            }
        }
        Err(error) => {
            lacks("orders").for_each(|asin| reply.failed.push(Failed::new(asin, "orders", &error)));
        }
    }
}

impl Reply {
    /// All that was asked of a product failed.
    fn fail(&mut self, question: &Question, asin: &str, error: &CallError) {
        self.all(question, asin, |kind| Failed::new(asin, kind, error));
    }

    /// The service has nothing about a product.
    fn lack(&mut self, question: &Question, asin: &str, reason: &str) {
        self.all(question, asin, |kind| Failed {
            asin: asin.to_owned(),
            kind,
            class: "not found",
            reason: reason.to_owned(),
        });
    }

    fn all(&mut self, question: &Question, asin: &str, failed: impl Fn(&'static str) -> Failed) {
        let asked = question.products.iter().filter(|(product, _)| product == asin);
        self.failed.extend(asked.flat_map(|(_, kinds)| kinds).map(|kind| failed(kind)));
    }
}

impl Failed {
    fn new(asin: &str, kind: &'static str, error: &CallError) -> Self {
        let (asin, class, reason) = (asin.to_owned(), error.class(), error.to_string());
        Self { asin, kind, class, reason }
    }
}

impl Part {
    fn empty(asin: &str, kind: &'static str) -> Self {
        let nothing = || Value::Array(Vec::new());
        Self { asin: asin.to_owned(), raw: nothing(), records: vec![(kind, nothing())] }
    }
}

impl From<Found> for Part {
    fn from(Found { asin, raw, records }: Found) -> Self {
        Self { asin, raw, records }
    }
}
