//! Keepa: histories of many products at once, which become the records of the unified API.

use super::service::{CallError, Service};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where the service is.
pub const ADDRESS: &str = "https://api.keepa.com";

/// The most products of one request.
pub const MOST_ASINS: usize = 100;

/// A product that Keepa has nothing about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The product.
    pub asin: String,
    /// Its market.
    pub site: String,
    /// Keepa's list that names it.
    pub reason: &'static str,
}

/// The histories of some products, and those without.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histories {
    /// A record per product and day, as the unified API has them, by product.
    pub series: BTreeMap<String, Vec<Value>>,
    /// Products without.
    pub dead_letters: Vec<DeadLetter>,
}

/// The service.
#[derive(Debug)]
pub struct Keepa(Service);

impl Keepa {
    /// The service's first secret is the key.
    pub fn new(service: Service) -> Self {
        Self(service)
    }

    /// Whether it answers with what is left of the tokens.
    pub async fn health(&self) -> bool {
        let request = || self.0.get("token").query(&[("key", self.key())]);
        let accept = |answer: Value| answer.get("tokensLeft").cloned();
        self.0.call("token", "tokens", request, accept).await.is_ok()
    }

    /// The histories of at most [`MOST_ASINS`] products.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn histories(&self, site: &str, asins: &[String]) -> Result<Histories, CallError> {
        let (domain, asin) = (domain(site).to_string(), asins.join(","));
        let query = [
            ("key", self.key()),
            ("domain", &domain),
            ("asin", &asin),
            ("history", "1"),
            ("stats", "1"),
            ("offers", "1"),
        ];
        let request = || self.0.get("product").query(&query);
        let accept = |answer: Value| read(&answer, site);
        self.0.call("product", "products", request, accept).await
    }

    fn key(&self) -> &str {
        self.0.secret().map(|key| key.expose()).unwrap_or_default()
    }
}

/// Keepa's number of a market; an unknown one is taken for the US.
fn domain(site: &str) -> u32 {
    match site {
        "UK" => 2,
        "DE" => 3,
        "FR" => 4,
        "JP" => 5,
        "CA" => 6,
        "IT" => 8,
        "ES" => 9,
        "IN" => 10,
        "MX" => 11,
        "AU" => 12,
        _ => 1,
    }
}

fn read(answer: &Value, site: &str) -> Option<Histories> {
    let mut histories = Histories::default();
    for product in answer.get("products")?.as_array()? {
        let asin = product.get("asin")?.as_str()?;
        histories.series.insert(asin.to_owned(), series(product, asin, site));
    }
    for reason in ["asinNotFound", "asinError"] {
        for asin in answer.get(reason).and_then(Value::as_array).into_iter().flatten() {
            let (asin, site) = (asin.as_str()?.to_owned(), site.to_owned());
            histories.dead_letters.push(DeadLetter { asin, site, reason });
        }
    }
    Some(histories)
}

/// A record per day that any of the histories knows.
fn series(product: &Value, asin: &str, site: &str) -> Vec<Value> {
    let mut days: BTreeMap<Date, Map<String, Value>> = BTreeMap::new();
    let mut put = |column: &str, points: Option<&Value>, divisor: f64| {
        for (day, value) in points.map(points_by_day).unwrap_or_default() {
            let value = match value.as_f64() {
                Some(number) if divisor != 1.0 => json!(number / divisor),
                _ => value,
            };
            days.entry(day).or_default().insert(column.to_owned(), value);
        }
    };
    let first = |names: &[&str]| names.iter().find_map(|name| product.get(name));
    put("price", first(&["buyBoxPrice", "newPrice", "new", "buyBoxSalePrice"]), 100.0);
    put("rating", product.get("rating"), 100.0);
    let ranks = first(&["salesRanks", "salesRank"]);
    put("bsr", ranks.and_then(|ranks| ranks.as_object()?.values().next()), 1.0);
    put("reviews_count", product.get("reviewCount"), 1.0);
    put("stock_est", product.get("stock"), 1.0);
    put("buybox_seller", product.get("buyBoxSeller"), 1.0);
    let record = |(day, mut record): (Date, Map<String, Value>)| {
        record.insert("asin".to_owned(), asin.into());
        record.insert("site".to_owned(), site.into());
        record.insert("dt".to_owned(), day.to_string().into());
        Value::Object(record)
    };
    days.into_iter().map(record).collect()
}

/// The last value of each UTC day. Points are objects with a Unix time, or a flat list of minutes and values of
/// which only the first minute is absolute.
fn points_by_day(points: &Value) -> BTreeMap<Date, Value> {
    let mut days = BTreeMap::new();
    let mut put = |seconds: i64, value: &Value| {
        if let (Ok(time), false) = (Timestamp::from_second(seconds), value.is_null()) {
            days.insert(TimeZone::UTC.to_datetime(time).date(), value.clone());
        }
    };
    let points = points.as_array().map(Vec::as_slice).unwrap_or_default();
    if points.first().is_some_and(Value::is_object) {
        for point in points {
            let time =
                ["timestamp", "time", "dt"].iter().find_map(|name| point.get(name)?.as_i64());
            if let (Some(time), Some(value)) = (time, point.get("value")) {
                put(time, value);
            }
        }
    } else {
        let mut minute = 0i64;
        for pair in points.chunks_exact(2) {
            minute = minute.saturating_add(pair[0].as_i64().unwrap_or_default());
            put(minute.saturating_mul(60), &pair[1]);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_become_daily_records() {
        let answer = json!({
            "products": [{
                "asin": "B1",
                "newPrice": [28_401_120, 1999, 60, 1899, 1380, null, 60, 2099],
                "buyBoxSalePrice": [28_401_120, 1],
                "rating": [{ "time": 1_704_067_200, "value": 450 }, { "time": 1_704_100_000, "value": 460 }],
                "salesRanks": { "77": [28_401_120, 900] },
                "buyBoxSeller": [{ "timestamp": 1_704_067_200, "value": "S" }],
            }],
            "asinNotFound": ["B2"],
        });
        let Histories { series, dead_letters } = read(&answer, "US").expect("understood");
        let expected = [
            json!({ "price": 18.99, "rating": 4.6, "bsr": 900, "buybox_seller": "S", "asin": "B1", "site": "US", "dt": "2024-01-01" }),
            json!({ "price": 20.99, "asin": "B1", "site": "US", "dt": "2024-01-02" }),
        ];
        assert_eq!(series["B1"], expected);
        let (asin, site) = ("B2".to_owned(), "US".to_owned());
        assert_eq!(dead_letters, [DeadLetter { asin, site, reason: "asinNotFound" }]);
    }

    #[test]
    fn other_answers_are_not_understood() {
        assert_eq!(read(&json!({ "error": { "type": "NOT_ENOUGH_TOKENS" } }), "US"), None);
        assert_eq!((domain("UK"), domain("AU"), domain("??")), (2, 12, 1));
    }
}
