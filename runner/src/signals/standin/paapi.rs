//! The Product Advertising API: listings of today.

use super::{KNOWN_PRODUCTS, Shared, asin_of, products, refusal};
use crate::secret::Secret;
use crate::signals::market::Market;
use crate::signals::paapi::SIGNED_AS;
use crate::signals::sigv4::{Request, Signer};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Zoned;
use serde_json::{Value, json};
use std::sync::Arc;

/// So many products a search finds.
const FOUND: u32 = 10;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new().route("/getitems", post(get_items)).route("/searchitems", post(search_items))
}

async fn get_items(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let (wanted, market) = match receive(&shared, "/paapi5/getitems", &headers, &body).await {
        Ok(received) => received,
        Err(response) => return *response,
    };
    let asins: Vec<&str> =
        wanted["ItemIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if asins.is_empty() || asins.len() > 10 {
        return refusal(StatusCode::BAD_REQUEST, "ItemIds are 1 to 10 products");
    }
    let (unknown, known): (Vec<&str>, Vec<&str>) =
        asins.into_iter().partition(|asin| shared.is_unknown(asin));
    let items: Vec<Value> = known.into_iter().map(|asin| item(market.site, asin)).collect();
    let error = |asin: &str| {
        let message = format!("The ItemId {asin} provided in the request is invalid.");
        json!({ "Code": "InvalidParameterValue", "Message": message })
    };
    let mut answer = json!({ "ItemsResult": { "Items": items } });
    if !unknown.is_empty() {
        answer["Errors"] = unknown.into_iter().map(error).collect();
    }
    Json(answer).into_response()
}

/// The same words find the same products.
async fn search_items(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (wanted, _) = match receive(&shared, "/paapi5/searchitems", &headers, &body).await {
        Ok(received) => received,
        Err(response) => return *response,
    };
    let first = wanted["Keywords"].as_str().map_or(0, |words| words.chars().count() as u32);
    let found = (first..first + FOUND).map(|at| json!({ "ASIN": asin_of(at % KNOWN_PRODUCTS) }));
    let found: Vec<Value> = found.collect();
    Json(json!({ "SearchResult": { "TotalResultCount": FOUND, "Items": found } })).into_response()
}

/// What is wanted, in which market.
async fn receive(
    shared: &Shared,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(Value, Market), Box<Response>> {
    let wanted: Value = serde_json::from_slice(body).unwrap_or_default();
    let market = wanted["Marketplace"].as_str().and_then(Market::with_shop);
    let key = wanted["SecretKey"].as_str();
    let admitted = match market {
        Some(market) => shared.admits(key) || is_signed(shared, market, path, headers, body),
        None => false,
    };
    shared.receive(admitted, "").await?;
    let market = market.filter(|_| wanted["PartnerTag"].is_string());
    let wrong = || Box::new(refusal(StatusCode::BAD_REQUEST, "PartnerTag is missing"));
    Ok((wanted, market.ok_or_else(wrong)?))
}

/// Whether the signature is that of the token as secret key; where any token will do, any signature does.
fn is_signed(
    shared: &Shared,
    market: Market,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(time), Some(given)) = (text("x-amz-date"), text(AUTHORIZATION.as_str())) else {
        return false;
    };
    let Some(token) = &shared.token else { return true };
    let part = |name: &str, end: char| given.split_once(name)?.1.split(end).next();
    let (Some(access_key), Some(names)) = (part("Credential=", '/'), part("SignedHeaders=", ','))
    else {
        return false;
    };
    let names = names.split(';').filter(|name| *name != "x-amz-date");
    let signed: Option<Vec<(&str, &str)>> = names.map(|name| Some((name, text(name)?))).collect();
    let Some(signed) = signed else { return false };
    let signer = Signer {
        access_key: access_key.to_owned(),
        secret_key: Secret::new(token.as_str()),
        region: market.aws_region(),
        service: SIGNED_AS,
    };
    let request = Request { method: "POST", path, headers: &signed, body };
    signer.authorization(&request, time) == given
}

fn item(site: &str, asin: &str) -> Value {
    let core = products::core(site, asin);
    let today = products::latest(site, asin, Zoned::now().date());
    let count = |name: &str| core[name].as_u64().unwrap_or_default();
    let bullets: Vec<String> =
        (1..=count("bullet_count")).map(|at| format!("Point {at}")).collect();
    let variants: Vec<Value> = (1..count("image_count")).map(|_| json!({ "Large": {} })).collect();
    let path = core["category_path"].as_array().cloned().unwrap_or_default();
    let node = path.into_iter().fold(Value::Null, |above, name| {
        let mut node = json!({ "DisplayName": name });
        if !above.is_null() {
            node["Ancestor"] = above;
        }
        node
    });
    json!({
        "ASIN": asin,
        "BrowseNodeInfo": {
            "BrowseNodes": [node],
            "WebsiteSalesRank": { "SalesRank": today["bsr"] },
        },
        "CustomerReviews": { "Count": today["reviews_count"], "StarRating": { "Value": today["rating"] } },
        "Images": { "Primary": { "Large": {} }, "Variants": variants },
        "ItemInfo": {
            "ByLineInfo": { "Brand": { "DisplayValue": core["brand"] } },
            "Features": { "DisplayValues": bullets },
            "Title": { "DisplayValue": core["title"] },
        },
        "Offers": {
            "Listings": [{ "Price": { "Amount": today["price"] }, "MerchantInfo": { "Name": today["buybox_seller"] } }],
        },
    })
}
