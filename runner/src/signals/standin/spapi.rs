//! The Selling Partner API, with its login: a seller who has all products that are known.

use super::{KNOWN_PRODUCTS, Shared, asin_of, bearer, products, refusal};
use crate::signals::market::Market;
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::{Arc, PoisonError};

/// Orders and articles of one page.
const PAGE: usize = 50;

/// What begins tokens that the login gives out.
const ISSUED: &str = "issued-";

pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let admitted = from_fn_with_state(Arc::clone(shared), receive);
    Router::new()
        .route("/fba/inventory/v1/summaries", get(inventory))
        .route("/orders/v0/orders", get(orders))
        .route("/orders/v0/orders/{id}/orderItems", get(items))
        .route("/reports/2021-06-30/reports", post(create))
        .route("/reports/2021-06-30/reports/{id}", get(status))
        .route("/reports/2021-06-30/documents/{id}", get(document))
        .route_layer(admitted)
        .route("/auth/o2/token", post(login))
        .route("/files/{id}", get(file))
}

#[derive(Debug, Deserialize)]
struct Login {
    refresh_token: String,
    client_id: String,
    client_secret: String,
}

/// The client's secret is the token that the stand-in wants.
async fn login(State(shared): State<Arc<Shared>>, Form(login): Form<Login>) -> Response {
    let named = !login.refresh_token.is_empty() && !login.client_id.is_empty();
    let admitted = named && shared.admits(Some(&login.client_secret));
    if let Err(response) = shared.receive(admitted, "").await {
        return *response;
    }
    let token = format!("{ISSUED}{}", shared.token.as_deref().unwrap_or("any"));
    Json(json!({ "access_token": token, "token_type": "bearer", "expires_in": 3600 }))
        .into_response()
}

/// Lets in who has a token that was given out, or the refresh token itself.
async fn receive(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let issued = headers.get("x-amz-access-token").and_then(|token| token.to_str().ok());
    let issued = issued.and_then(|token| token.strip_prefix(ISSUED));
    let is_admitted = shared.admits(issued.or_else(|| bearer(headers)));
    match shared.receive(is_admitted, "").await {
        Ok(()) => next.run(request).await,
        Err(response) => *response,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stock {
    marketplace_ids: String,
    next_token: Option<usize>,
}

async fn inventory(Query(asked): Query<Stock>) -> Response {
    let Some(market) = Market::with_id(&asked.marketplace_ids) else {
        return refusal(StatusCode::BAD_REQUEST, "marketplaceIds is no marketplace");
    };
    let (first, all) = (asked.next_token.unwrap_or(0), KNOWN_PRODUCTS as usize);
    let last = first.saturating_add(PAGE).min(all);
    let summary = |number: usize| {
        let asin = asin_of(number as u32);
        let today = products::latest(market.site, &asin, Zoned::now().date());
        json!({
            "asin": asin,
            "sellerSku": format!("SKU-{number}"),
            "condition": "NewItem",
            "inventoryDetails": { "fulfillableQuantity": today["stock_est"] },
            "totalQuantity": today["stock_est"],
        })
    };
    let summaries: Vec<Value> = (first..last).map(summary).collect();
    let mut answer = json!({ "payload": { "inventorySummaries": summaries }, "pagination": {} });
    if last < all {
        answer["pagination"]["nextToken"] = last.to_string().into();
    }
    Json(answer).into_response()
}

/// Orders of a market from one day to another, from a place on.
#[derive(Debug, Clone)]
struct Listing {
    market: Market,
    since: Date,
    until: Date,
    first: usize,
}

impl Listing {
    /// As the token of a page, and as the number of a report.
    fn name(&self) -> String {
        let Self { market, since, until, first } = self;
        format!("{}.{since}.{until}.{first}", market.site)
    }

    fn named(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        let market = Market::of(parts.next()?)?;
        let (since, until) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { market, since, until, first: parts.next()?.parse().ok()? })
    }

    /// Order, product, day, units.
    fn orders(&self) -> Vec<(String, String, Date, u64)> {
        let days = self.since.series(1.day()).take_while(|day| *day <= self.until);
        let orders = days.flat_map(|day| {
            (0..KNOWN_PRODUCTS).filter_map(move |number| {
                let asin = asin_of(number);
                let units = products::units(self.market.site, &asin, day);
                let id = format!("{:03}-{}-{number:07}", self.market.keepa, day.strftime("%Y%m%d"));
                (units > 0).then_some((id, asin, day, units))
            })
        });
        orders.collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Orders {
    marketplace_ids: String,
    created_after: Option<String>,
    created_before: Option<String>,
    next_token: Option<String>,
}

async fn orders(Query(asked): Query<Orders>) -> Response {
    let day = |time: Option<&str>| time?.get(..10)?.parse::<Date>().ok();
    let until = day(asked.created_before.as_deref()).and_then(|end| end.yesterday().ok());
    let listing = match &asked.next_token {
        Some(token) => Listing::named(token),
        None => Market::with_id(&asked.marketplace_ids).and_then(|market| {
            let since = day(asked.created_after.as_deref())?;
            let until = until.unwrap_or_else(|| Zoned::now().date());
            Some(Listing { market, since, until, first: 0 })
        }),
    };
    let Some(listing) = listing else {
        return refusal(StatusCode::BAD_REQUEST, "MarketplaceIds and CreatedAfter are needed");
    };
    let all = listing.orders();
    let order = |(id, _, day, _): &(String, String, Date, u64)| {
        json!({
            "AmazonOrderId": id,
            "PurchaseDate": format!("{day}T12:00:00Z"),
            "OrderStatus": "Shipped",
            "MarketplaceId": listing.market.id,
        })
    };
    let page: Vec<Value> = all.iter().skip(listing.first).take(PAGE).map(order).collect();
    let mut payload = json!({ "Orders": page });
    let first = listing.first.saturating_add(PAGE);
    if first < all.len() {
        payload["NextToken"] = Listing { first, ..listing }.name().into();
    }
    Json(json!({ "payload": payload })).into_response()
}

async fn items(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let mut parts = id.split('-');
    let mut next = || parts.next();
    let asked = (|| {
        let market = Market::with_number(next()?.parse().ok()?)?;
        let day = Date::strptime("%Y%m%d", next()?).ok()?;
        Some((market, day, asin_of(next()?.parse().ok()?)))
    })();
    let Some((market, day, asin)) = asked.filter(|(_, _, asin)| !shared.is_unknown(asin)) else {
        return refusal(StatusCode::NOT_FOUND, "There is no such order");
    };
    let units = products::units(market.site, &asin, day);
    let item = json!({ "ASIN": asin, "OrderItemId": id, "QuantityOrdered": units });
    let payload = json!({ "AmazonOrderId": id, "OrderItems": [item] });
    Json(json!({ "payload": payload })).into_response()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    report_type: String,
    data_start_time: String,
    data_end_time: String,
    marketplace_ids: Vec<String>,
}

async fn create(Json(report): Json<Report>) -> Response {
    let day = |time: &str| time.get(..10)?.parse::<Date>().ok();
    let listing = (|| {
        let market = Market::with_id(report.marketplace_ids.first()?)?;
        let until = day(&report.data_end_time)?.yesterday().ok()?;
        Some(Listing { market, since: day(&report.data_start_time)?, until, first: 0 })
    })();
    let Some(listing) = listing.filter(|_| report.report_type.contains("ALL_ORDERS")) else {
        return refusal(StatusCode::BAD_REQUEST, "There is no such report");
    };
    (StatusCode::ACCEPTED, Json(json!({ "reportId": listing.name() }))).into_response()
}

/// A report is made when it is looked for the second time.
async fn status(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let first = shared.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    let mut answer = json!({ "reportId": id, "processingStatus": "IN_PROGRESS" });
    if !first {
        answer["processingStatus"] = "DONE".into();
        answer["reportDocumentId"] = id.into();
    }
    Json(answer).into_response()
}

async fn document(Path(id): Path<String>, headers: HeaderMap) -> Response {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let url = format!("http://{host}/spapi/files/{id}");
    let answer = json!({ "reportDocumentId": id, "url": url, "compressionAlgorithm": "GZIP" });
    Json(answer).into_response()
}

/// Who knows the address may have it.
async fn file(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    if let Err(response) = shared.receive(true, "").await {
        return *response;
    }
    let Some(listing) = Listing::named(&id) else {
        return refusal(StatusCode::NOT_FOUND, "There is no such file");
    };
    let mut text = "amazon-order-id\tpurchase-date\torder-status\tsku\tasin\tquantity\n".to_owned();
    for (id, asin, day, units) in listing.orders() {
        text += &format!("{id}\t{day}T12:00:00+00:00\tShipped\tSKU\t{asin}\t{units}\n");
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let written = packed.write_all(text.as_bytes()).and_then(|()| packed.finish());
    match written {
        Ok(packed) => packed.into_response(),
        Err(error) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
