//! The Product Advertising API of Amazon: listings as they are now, and what a search finds.

mod listing;

use super::batch::{Batch, Lacking};
use super::market::Market;
use super::service::{CallError, Service};
use super::sigv4::{self, Signer};
use crate::secret::Secret;
use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::RequestBuilder;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The most products of one request.
pub const MOST_ASINS: usize = 10;

/// The service's name in signatures.
pub const SIGNED_AS: &str = "ProductAdvertisingAPI";

/// What is wanted of a listing.
const RESOURCES: [&str; 13] = [
    "BrowseNodeInfo.BrowseNodes",
    "BrowseNodeInfo.BrowseNodes.Ancestor",
    "BrowseNodeInfo.WebsiteSalesRank",
    "CustomerReviews.Count",
    "CustomerReviews.StarRating",
    "Images.Primary.Large",
    "Images.Variants.Large",
    "ItemInfo.ByLineInfo",
    "ItemInfo.Features",
    "ItemInfo.Title",
    "Offers.Listings.Availability.MaxOrderQuantity",
    "Offers.Listings.MerchantInfo",
    "Offers.Listings.Price",
];

/// How requests say whose they are.
#[derive(Debug, Clone)]
pub enum Identity {
    /// By a signature.
    Signed(Signer),
    /// By the keys themselves, inside the body.
    InBody {
        /// The public half of the key.
        access_key: String,
        /// The other half.
        secret_key: Secret,
    },
}

/// The API in one market.
#[derive(Debug)]
pub struct Paapi {
    service: Service,
    market: Market,
    partner_tag: String,
    identity: Identity,
}

impl Paapi {
    /// The API of a market for a partner.
    pub fn new(service: Service, market: Market, partner_tag: String, identity: Identity) -> Self {
        Self { service, market, partner_tag, identity }
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Asks whether it answers, and knows the partner.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn health(&self) -> Result<(), CallError> {
        let keywords = json!({ "Keywords": "a", "ItemCount": 1 });
        let request = || self.request("searchitems", "SearchItems", keywords.clone());
        self.service.call("searchitems", "an object", request, |_: Value| Some(())).await
    }

    /// The listings of at most [`MOST_ASINS`] products, as of `day`: their core data, and a series of that day.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn listings(&self, asins: &[String], day: Date) -> Result<Batch, CallError> {
        let wanted = json!({ "ItemIds": asins, "ItemIdType": "ASIN", "Resources": RESOURCES });
        let request = || self.request("getitems", "GetItems", wanted.clone());
        let accept = |answer: Value| self.read(&answer, asins, day);
        self.service.call("getitems", "ItemsResult or Errors", request, accept).await
    }

    /// The products that a search finds, the best first, ten at most.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn search(&self, keywords: &str) -> Result<Vec<String>, CallError> {
        let wanted = json!({ "Keywords": keywords, "ItemCount": MOST_ASINS });
        let request = || self.request("searchitems", "SearchItems", wanted.clone());
        let accept = |answer: Value| {
            let items = answer.get("SearchResult")?.get("Items")?.as_array()?;
            items.iter().map(|item| Some(item.get("ASIN")?.as_str()?.to_owned())).collect()
        };
        self.service.call("searchitems", "SearchResult", request, accept).await
    }

    fn request(&self, path: &str, operation: &str, mut body: Value) -> RequestBuilder {
        body["PartnerTag"] = self.partner_tag.clone().into();
        body["PartnerType"] = "Associates".into();
        body["Marketplace"] = self.market.shop().into();
        let target = format!("com.amazon.paapi5.v1.ProductAdvertisingAPIv1.{operation}");
        let request = self.service.post(path);
        let headers = [
            ("content-encoding", "amz-1.0"),
            ("content-type", "application/json; charset=utf-8"),
            ("x-amz-target", &target),
        ];
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        match &self.identity {
            Identity::InBody { access_key, secret_key } => {
                body["AccessKey"] = access_key.clone().into();
                body["SecretKey"] = secret_key.expose().into();
                request.body(body.to_string())
            }
            Identity::Signed(signer) => {
                let body = body.to_string();
                let (host, path) = (self.host(), self.path(path));
                let mut signed = headers.to_vec();
                signed.push(("host", &host));
                let signed = sigv4::Request {
                    method: "POST",
                    path: &path,
                    headers: &signed,
                    body: body.as_bytes(),
                };
                let [time, authorization] = signer.sign(&signed, Timestamp::now());
                request.header("x-amz-date", time).header(AUTHORIZATION, authorization).body(body)
            }
        }
    }

    /// As the header has it.
    fn host(&self) -> String {
        let base = self.service.base();
        let host = base.host_str().unwrap_or_default();
        base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    fn path(&self, path: &str) -> String {
        format!("{}/{path}", self.service.base().path().trim_end_matches('/'))
    }

    /// Products that the answer does not have are lacking.
    fn read(&self, answer: &Value, asins: &[String], day: Date) -> Option<Batch> {
        let items = answer.get("ItemsResult").and_then(|result| result.get("Items"));
        let errors = answer.get("Errors").and_then(Value::as_array);
        if items.is_none() && errors.is_none() {
            return None;
        }
        let mut batch = Batch::default();
        for item in items.and_then(Value::as_array).into_iter().flatten() {
            batch.found.push(listing::read(item, self.market.site, day)?);
        }
        let found: BTreeSet<&str> = batch.found.iter().map(|found| &*found.asin).collect();
        let lacking = asins.iter().filter(|asin| !found.contains(&***asin));
        let lacking =
            lacking.map(|asin| Lacking { asin: asin.clone(), reason: said(errors, asin) });
        batch.lacking = lacking.collect();
        Some(batch)
    }
}

/// What the service says of a product: the error that names it.
fn said(errors: Option<&Vec<Value>>, asin: &str) -> String {
    let text = |error: &Value, name: &str| error.get(name)?.as_str().map(str::to_owned);
    let named = errors.into_iter().flatten().find_map(|error| {
        let message = text(error, "Message").filter(|message| message.contains(asin))?;
        Some(format!("{}: {message}", text(error, "Code").unwrap_or_default()))
    });
    named.unwrap_or_else(|| "The answer does not have it".to_owned())
}
