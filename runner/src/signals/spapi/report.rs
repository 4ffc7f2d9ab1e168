//! Reports: ordered, waited for, fetched.

use super::Spapi;
use super::orders::{Order, day_of};
use crate::signals::batch::Days;
use crate::signals::service::CallError;
use flate2::read::GzDecoder;
use jiff::ToSpan as _;
use reqwest::Url;
use serde_json::{Value, json};
use std::io::Read as _;

const REPORTS: &str = "reports/2021-06-30/reports";

/// The report of all orders by their date: a line per article.
pub(super) const ORDERS: &str = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL";

/// So often a report is asked for, with doubling waits: at the usual ones for about half an hour.
const MOST_LOOKS: u32 = 40;

/// The largest report that is read, unpacked.
const MOST_BYTES: u64 = 1 << 30;

impl Spapi {
    /// The text of a report about some days.
    pub(super) async fn report(&self, kind: &str, days: Days) -> Result<String, CallError> {
        let wanted = json!({
            "reportType": kind,
            "dataStartTime": format!("{}T00:00:00Z", days.since),
            "dataEndTime": format!("{}T00:00:00Z", days.until.saturating_add(1.days())),
            "marketplaceIds": [self.market.id],
        });
        let request =
            |token: &str| self.authorized(self.service.post(REPORTS), token).json(&wanted);
        let accept = |answer: Value| Some(answer.get("reportId")?.as_str()?.to_owned());
        let id = self.call(REPORTS, "a reportId", &request, &accept).await?;
        let document = self.document(&format!("{REPORTS}/{id}")).await?;
        let path = format!("reports/2021-06-30/documents/{document}");
        let request = |token: &str| self.authorized(self.service.get(&path), token);
        let accept = |answer: Value| {
            let url = Url::parse(answer.get("url")?.as_str()?).ok()?;
            let packed = answer.get("compressionAlgorithm").is_some_and(|name| name == "GZIP");
            Some((url, packed))
        };
        let (url, packed) = self.call(&path, "a url", &request, &accept).await?;
        // The address is its own permission: no token goes there.
        let request = || self.service.get_address(url.clone());
        let accept = |body: &[u8]| if packed { unpack(body) } else { Some(text(body)) };
        self.service.fetch("the report", "a text", request, accept).await
    }

    /// Waits until the report is made; answers its document's id.
    async fn document(&self, path: &str) -> Result<String, CallError> {
        let failed = |status: &str| CallError::Unmade {
            service: "spapi".to_owned(),
            path: path.to_owned(),
            status: status.to_owned(),
        };
        let request = |token: &str| self.authorized(self.service.get(path), token);
        let accept = |answer: Value| {
            let status = answer.get("processingStatus")?.as_str()?.to_owned();
            let document = answer.get("reportDocumentId").and_then(Value::as_str);
            Some((status, document.map(str::to_owned)))
        };
        for look in 0..MOST_LOOKS {
            match self.call(path, "a processingStatus", &request, &accept).await? {
                (status, Some(document)) if status == "DONE" => return Ok(document),
                (status, _) if status == "IN_QUEUE" || status == "IN_PROGRESS" => {}
                (status, _) => return Err(failed(&status)),
            }
            tokio::time::sleep(self.service.backoff().delay(look, None)).await;
        }
        Err(failed("still in progress"))
    }
}

fn unpack(body: &[u8]) -> Option<String> {
    let mut bytes = Vec::new();
    GzDecoder::new(body).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(text(&bytes))
}

/// Names of products are in Latin 1 in some markets; nothing that is read here is.
fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// The lines of [`ORDERS`] that name order, product, day and quantity.
pub(super) fn orders(report: &str) -> Vec<Order> {
    let mut lines = report.trim_start_matches('\u{feff}').lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let order = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| {
            let place = names.iter().position(|known| *known == name)?;
            cells.get(place).copied().filter(|cell| !cell.is_empty())
        };
        let cancelled = cell("order-status") == Some("Cancelled");
        let units: f64 = cell("quantity")?.parse().ok()?;
        Some(Order {
            order_id: cell("amazon-order-id")?.to_owned(),
            asin: cell("asin")?.to_owned(),
            day: day_of(cell("purchase-date")?)?,
            units: if cancelled { 0.0 } else { units },
            raw: line.into(),
        })
    };
    lines.filter_map(order).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_by_the_names_of_their_columns() {
        let report = "sku\tasin\tamazon-order-id\tpurchase-date\tquantity\torder-status\n\
            s\tB1\t1-2\t2024-01-01T23:30:00-05:00\t2\tShipped\n\
            s\tB2\t1-2\t2024-01-01T10:00:00+00:00\t3\tCancelled\n\
            s\tB2\t1-3\tsoon\t3\tShipped\n\n";
        let orders = orders(report);
        let read: Vec<(&str, &str, String, f64)> = orders
            .iter()
            .map(|order| (&*order.order_id, &*order.asin, order.day.to_string(), order.units))
            .collect();
        let (late, early) = ("2024-01-02".to_owned(), "2024-01-01".to_owned());
        assert_eq!(read, [("1-2", "B1", late, 2.0), ("1-2", "B2", early, 0.0)]);
        assert_eq!(super::orders(""), []);
    }
}
