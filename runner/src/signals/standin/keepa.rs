//! Keepa: the series of products as its lists of minutes and values.

use super::products;
use super::{KNOWN_PRODUCTS, Shared};
use crate::signals::market::Market;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use jiff::{ToSpan as _, Zoned};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Histories reach back so many days.
const DAYS: i32 = 400;

/// The first minute of lists: 2011-01-01.
const EPOCH: Date = Date::constant(2011, 1, 1);

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/product", get(product)).route("/token", get(token))
}

#[derive(Debug, Deserialize)]
struct Asked {
    key: Option<String>,
    #[serde(default)]
    domain: u32,
    #[serde(default)]
    asin: String,
}

async fn token(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    if let Err(response) = shared.receive(shared.admits(asked.key.as_deref()), "").await {
        return *response;
    }
    Json(json!({ "tokensLeft": KNOWN_PRODUCTS, "refillRate": 50 })).into_response()
}

async fn product(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    if let Err(response) = shared.receive(shared.admits(asked.key.as_deref()), "").await {
        return *response;
    }
    let site = Market::with_number(asked.domain).map_or("US", |market| market.site);
    let (unknown, known): (Vec<&str>, Vec<&str>) =
        asked.asin.split(',').partition(|asin| shared.is_unknown(asin));
    let products: Vec<Value> = known.into_iter().map(|asin| history(site, asin)).collect();
    let mut answer = json!({ "tokensLeft": KNOWN_PRODUCTS, "products": products });
    if !unknown.is_empty() {
        answer["asinNotFound"] = json!(unknown);
    }
    Json(answer).into_response()
}

/// Up to tomorrow, wherever the caller is.
fn history(site: &str, asin: &str) -> Value {
    let end = Zoned::now().date().saturating_add(1.day());
    let days = (0..DAYS).rev().filter_map(|ago| {
        let day = end.checked_sub(ago.days()).ok()?;
        Some((day, products::day(site, asin, day)?))
    });
    let days: Vec<(Date, Value)> = days.collect();
    let mut product = Map::new();
    product.insert("asin".to_owned(), asin.into());
    for (list, column, factor) in [
        ("buyBoxPrice", "price", 100.0),
        ("rating", "rating", 10.0),
        ("reviewCount", "reviews_count", 1.0),
        ("stock", "stock_est", 1.0),
    ] {
        product.insert(list.to_owned(), minutes(&days, |day| scaled(&day[column], factor)));
    }
    let ranks = minutes(&days, |day| scaled(&day["bsr"], 1.0));
    product.insert("salesRanks".to_owned(), json!({ "1": ranks }));
    product.insert("buyBoxSeller".to_owned(), minutes(&days, |day| day["buybox_seller"].clone()));
    product.into()
}

fn scaled(value: &Value, factor: f64) -> Value {
    value.as_f64().map_or(Value::Null, |number| json!((number * factor).round() as i64))
}

/// Minutes and values; of the minutes only the first one counts from the epoch.
fn minutes(days: &[(Date, Value)], value: impl Fn(&Value) -> Value) -> Value {
    let mut last = EPOCH;
    let points = days.iter().flat_map(|(day, record)| {
        let minutes = last.until(*day).map_or(0, |span| span.get_days()) * 24 * 60;
        last = *day;
        [minutes.into(), value(record)]
    });
    points.collect()
}
