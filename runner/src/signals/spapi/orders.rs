//! Orders: of few days by themselves, of many days as a report.

use super::{Spapi, report};
use crate::signals::batch::Days;
use crate::signals::service::CallError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

const ORDERS: &str = "orders/v0/orders";

/// What was ordered of a product at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Amazon's number of the order.
    pub order_id: String,
    /// The product.
    pub asin: String,
    /// The UTC day of the purchase.
    pub day: Date,
    /// How many; none where the order was cancelled.
    pub units: f64,
    /// The part of the answer that says so.
    pub raw: Value,
}

impl Order {
    /// As a record.
    pub fn record(&self) -> Value {
        let Self { order_id, day, units, .. } = self;
        json!({ "order_id": order_id, "dt": day, "ordered_units": units })
    }
}

/// An order whose products could not be had.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// Amazon's number of the order.
    pub order_id: String,
    /// Why.
    pub error: CallError,
}

impl Spapi {
    /// The orders of some days, product by product, and those whose products could not be had.
    ///
    /// # Errors
    ///
    /// [`CallError`], where the orders themselves cannot be had.
    pub async fn orders(&self, days: Days) -> Result<(Vec<Order>, Vec<Unknown>), CallError> {
        let (mut orders, mut unknown) = (Vec::new(), Vec::new());
        for order in self.pages(ORDERS, &self.orders_query(days), "Orders").await? {
            let text = |name: &str| order.get(name).and_then(Value::as_str);
            let day = text("PurchaseDate").and_then(day_of);
            let (Some(order_id), Some(day)) = (text("AmazonOrderId"), day) else { continue };
            let cancelled = text("OrderStatus") == Some("Canceled");
            let path = format!("{ORDERS}/{order_id}/orderItems");
            match self.pages(&path, &[], "OrderItems").await {
                Ok(items) => orders.extend(items.into_iter().filter_map(|item| {
                    let asin = item.get("ASIN")?.as_str()?.to_owned();
                    let units = item.get("QuantityOrdered")?.as_f64()?;
                    let units = if cancelled { 0.0 } else { units };
                    let raw = json!({ "order": &order, "item": item });
                    Some(Order { order_id: order_id.to_owned(), asin, day, units, raw })
                })),
                Err(error) => unknown.push(Unknown { order_id: order_id.to_owned(), error }),
            }
        }
        Ok((orders, unknown))
    }

    /// The same of many days, by a report.
    ///
    /// # Errors
    ///
    /// [`CallError`]: also when the report is refused, or not made in time.
    pub async fn order_history(&self, days: Days) -> Result<Vec<Order>, CallError> {
        let text = self.report(report::ORDERS, days).await?;
        Ok(report::orders(&text))
    }

    fn orders_query(&self, days: Days) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("MarketplaceIds", self.market.id.to_owned()),
            ("CreatedAfter", format!("{}T00:00:00Z", days.since)),
        ];
        // The service wants an end that is over.
        let end = days.until.saturating_add(1.days());
        if end.to_zoned(TimeZone::UTC).is_ok_and(|end| end.timestamp() < Timestamp::now()) {
            query.push(("CreatedBefore", format!("{end}T00:00:00Z")));
        }
        query
    }

    /// The items of all pages of an answer.
    async fn pages(
        &self,
        path: &str,
        query: &[(&str, String)],
        name: &'static str,
    ) -> Result<Vec<Value>, CallError> {
        let mut all = Vec::new();
        let mut query = query.to_vec();
        loop {
            let request =
                |token: &str| self.authorized(self.service.get(path), token).query(&query);
            let accept = |answer: Value| {
                let payload = answer.get("payload")?;
                let next = payload.get("NextToken").and_then(Value::as_str);
                Some((payload.get(name)?.as_array()?.clone(), next.map(str::to_owned)))
            };
            let (items, next) = self.call(path, "a payload of orders", &request, &accept).await?;
            all.extend(items);
            let Some(next) = next else { return Ok(all) };
            query.retain(|(name, _)| *name == "MarketplaceIds");
            query.push(("NextToken", next));
        }
    }
}

/// The day in UTC.
pub(super) fn day_of(time: &str) -> Option<Date> {
    Some(TimeZone::UTC.to_datetime(time.parse::<Timestamp>().ok()?).date())
}
