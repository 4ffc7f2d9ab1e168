//! Keepa: histories of many products at once, which become the records of the unified API.

use super::batch::{Batch, Days, Found, Lacking};
use super::market::keepa_number;
use super::service::{CallError, Refusal, Service};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The most products of one request.
pub const MOST_ASINS: usize = 100;

/// What Keepa's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Units {
    /// The minute 0 of a flat list, in minutes of Unix.
    pub first_minute: i64,
    /// What ratings are multiplied with.
    pub rating: f64,
}

impl Units {
    /// Keepa's own: minutes since 2011-01-01, ratings in tenths.
    pub const KEEPA: Self = Self { first_minute: 21_564_000, rating: 10.0 };
    /// Minutes since 1970-01-01, ratings in hundredths.
    pub const UNIX: Self = Self { first_minute: 0, rating: 100.0 };
}

/// The service.
#[derive(Debug)]
pub struct Keepa {
    service: Service,
    units: Units,
}

impl Keepa {
    /// The service's first secret is the key.
    pub fn new(service: Service, units: Units) -> Self {
        Self { service: service.refusing(refusal), units }
    }

    /// The service.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Asks whether it answers with what is left of the tokens.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn health(&self) -> Result<(), CallError> {
        let request = || self.service.get("token").query(&[("key", self.key())]);
        let accept = |answer: Value| answer.get("tokensLeft").map(|_| ());
        self.service.call("token", "tokensLeft", request, accept).await
    }

    /// The histories of at most [`MOST_ASINS`] products on some days.
    ///
    /// # Errors
    ///
    /// [`CallError`].
    pub async fn histories(
        &self,
        site: &str,
        asins: &[String],
        days: Days,
    ) -> Result<Batch, CallError> {
        let (domain, asin) = (keepa_number(site).to_string(), asins.join(","));
        let query = [
            ("key", self.key()),
            ("domain", &domain),
            ("asin", &asin),
            ("history", "1"),
            ("stats", "1"),
            ("offers", "1"),
        ];
        let request = || self.service.get("product").query(&query);
        let accept = |answer: Value| read(&answer, site, days, self.units);
        self.service.call("product", "products", request, accept).await
    }

    fn key(&self) -> &str {
        self.service.secret().map(|key| key.expose()).unwrap_or_default()
    }
}

/// Keepa says what is wrong in the answer's body, whatever its status.
fn refusal(answer: &Value) -> Option<Refusal> {
    let error = answer.get("error").filter(|error| !error.is_null())?;
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let code = text("code").or_else(|| text("type"));
    let status = match code {
        Some("RATE_LIMIT" | "NOT_ENOUGH_TOKENS") => 429,
        _ if error.get("status").and_then(Value::as_u64) == Some(400) => 400,
        _ => 502,
    };
    let refill = answer.get("refillIn").and_then(Value::as_u64);
    let said = [code, text("message")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    Some(Refusal { status, retry_after: refill.map(Duration::from_millis), said })
}

fn read(answer: &Value, site: &str, days: Days, units: Units) -> Option<Batch> {
    let mut batch = Batch::default();
    for product in answer.get("products")?.as_array()? {
        let asin = product.get("asin")?.as_str()?.to_owned();
        let records = vec![("timeseries", series(product, &asin, site, days, units).into())];
        batch.found.push(Found { asin, raw: product.clone(), records });
    }
    for reason in ["asinNotFound", "asinError"] {
        for asin in answer.get(reason).and_then(Value::as_array).into_iter().flatten() {
            let (asin, reason) = (asin.as_str()?.to_owned(), reason.to_owned());
            batch.lacking.push(Lacking { asin, reason });
        }
    }
    Some(batch)
}

/// A record per day that any of the histories knows.
fn series(product: &Value, asin: &str, site: &str, wanted: Days, units: Units) -> Vec<Value> {
    let mut days: BTreeMap<Date, Map<String, Value>> = BTreeMap::new();
    let mut put = |column: &str, points: Option<&Value>, divisor: f64| {
        for (day, value) in points.map(|points| points_by_day(points, units)).unwrap_or_default() {
            let value = match value.as_f64() {
                Some(number) if divisor != 1.0 => json!(number / divisor),
                _ => value,
            };
            days.entry(day).or_default().insert(column.to_owned(), value);
        }
    };
    let first = |names: &[&str]| names.iter().find_map(|name| product.get(name));
    put("price", first(&["buyBoxPrice", "newPrice", "new", "buyBoxSalePrice"]), 100.0);
    put("rating", product.get("rating"), units.rating);
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
    days.into_iter().filter(|(day, _)| wanted.contains(*day)).map(record).collect()
}

/// The last value of each UTC day. Points are objects with a Unix time, or a flat list of minutes and values of
/// which only the first minute is absolute.
fn points_by_day(points: &Value, units: Units) -> BTreeMap<Date, Value> {
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
        let mut minute = units.first_minute;
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

    const DAYS: Days =
        Days { since: Date::constant(2024, 1, 1), until: Date::constant(2024, 1, 2) };

    /// Minutes since 1970, or since 2011 of Keepa: the first of the lists is 2024-01-01.
    fn answer(minute: i64) -> Value {
        json!({
            "products": [{
                "asin": "B1",
                "newPrice": [minute, 1999, 60, 1899, 1380, null, 60, 2099, 1440, 1],
                "buyBoxSalePrice": [minute, 1],
                "rating": [{ "time": 1_704_067_200, "value": 45 }, { "time": 1_704_100_000, "value": 46 }],
                "salesRanks": { "77": [minute, 900] },
                "buyBoxSeller": [{ "timestamp": 1_704_067_200, "value": "S" }],
            }],
            "asinNotFound": ["B2"],
        })
    }

    #[test]
    fn histories_become_daily_records() {
        for (minute, units, rating) in
            [(28_401_120, Units::UNIX, 0.46), (6_837_120, Units::KEEPA, 4.6)]
        {
            let batch = read(&answer(minute), "US", DAYS, units).expect("understood");
            // The third day was not asked for.
            let expected = json!([
                { "price": 18.99, "rating": rating, "bsr": 900, "buybox_seller": "S", "asin": "B1", "site": "US", "dt": "2024-01-01" },
                { "price": 20.99, "asin": "B1", "site": "US", "dt": "2024-01-02" },
            ]);
            assert_eq!(batch.found[0].records, [("timeseries", expected)]);
            let lacking = Lacking { asin: "B2".to_owned(), reason: "asinNotFound".to_owned() };
            assert_eq!(batch.lacking, [lacking]);
        }
    }

    #[test]
    fn errors_have_the_class_that_keepa_gives_them() {
        let of = |error: Value| refusal(&json!({ "error": error, "refillIn": 1500 }));
        let status = |error: Value| of(error).map(|refusal| refusal.status);
        assert_eq!(status(json!({ "code": "RATE_LIMIT" })), Some(429));
        assert_eq!(status(json!({ "type": "NOT_ENOUGH_TOKENS" })), Some(429));
        assert_eq!(status(json!({ "code": "PARAMETER", "status": 400 })), Some(400));
        assert_eq!(status(json!({ "code": "INTERNAL" })), Some(502));
        assert_eq!(status(Value::Null), None);
        let refused = of(json!({ "code": "RATE_LIMIT", "message": "slow down" })).expect("refused");
        assert_eq!(refused.retry_after, Some(Duration::from_millis(1_500)));
        assert_eq!(refused.said, "RATE_LIMIT: slow down");
        assert_eq!(read(&json!({}), "US", DAYS, Units::KEEPA), None);
    }
}
