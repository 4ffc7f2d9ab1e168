//! A listing of the Product Advertising API as the unified API would say it.

use crate::signals::batch::Found;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// None where the item names no product.
pub(super) fn read(item: &Value, site: &str, day: Date) -> Option<Found> {
    let asin = item.get("ASIN")?.as_str()?.to_owned();
    let mut core = known([
        ("title", at(item, "/ItemInfo/Title/DisplayValue")),
        ("brand", at(item, "/ItemInfo/ByLineInfo/Brand/DisplayValue")),
    ]);
    if let Some(title) = core.get("title").and_then(Value::as_str) {
        core.insert("title_length".to_owned(), title.chars().count().into());
    }
    if let Some(bullets) = at(item, "/ItemInfo/Features/DisplayValues").and_then(Value::as_array) {
        core.insert("bullet_count".to_owned(), bullets.len().into());
    }
    let variants = at(item, "/Images/Variants").and_then(Value::as_array).map_or(0, Vec::len);
    if let Some(images) = item.get("Images") {
        let images = usize::from(images.get("Primary").is_some()) + variants;
        core.insert("image_count".to_owned(), images.into());
    }
    let path = path(at(item, "/BrowseNodeInfo/BrowseNodes/0"));
    if let Some(leaf) = path.last() {
        core.insert("category".to_owned(), leaf.clone());
        core.insert("category_path".to_owned(), path.into());
    }
    let offer = at(item, "/Offers/Listings/0");
    let series = known([
        ("price", offer.and_then(|offer| at(offer, "/Price/Amount"))),
        ("bsr", at(item, "/BrowseNodeInfo/WebsiteSalesRank/SalesRank")),
        ("rating", at(item, "/CustomerReviews/StarRating/Value")),
        ("reviews_count", at(item, "/CustomerReviews/Count")),
        ("buybox_seller", offer.and_then(|offer| at(offer, "/MerchantInfo/Name"))),
    ]);
    let named = |mut record: Map<String, Value>| {
        record.insert("asin".to_owned(), asin.clone().into());
        record.insert("site".to_owned(), site.into());
        record
    };
    let core = Value::Object(named(core));
    let mut series = named(series);
    series.insert("dt".to_owned(), day.to_string().into());
    let records = vec![("core", core), ("timeseries", json!([series]))];
    Some(Found { asin, raw: item.clone(), records })
}

fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    value.pointer(pointer).filter(|value| !value.is_null())
}

fn known<const N: usize>(values: [(&str, Option<&Value>); N]) -> Map<String, Value> {
    let known = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// The names of a category and those above it, root first.
fn path(mut node: Option<&Value>) -> Vec<Value> {
    let mut names = Vec::new();
    while let Some(this) = node {
        names.extend(this.get("DisplayName").cloned());
        node = this.get("Ancestor");
    }
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_core_data_and_a_day_of_the_series() {
        let item = json!({
            "ASIN": "B1",
            "BrowseNodeInfo": {
                "BrowseNodes": [{ "DisplayName": "Leads", "Ancestor": { "DisplayName": "Dogs", "Ancestor": { "DisplayName": "Pets" } } }],
                "WebsiteSalesRank": { "SalesRank": 17 },
            },
            "Images": { "Primary": {}, "Variants": [{}, {}] },
            "ItemInfo": {
                "Title": { "DisplayValue": "Lead, Ö" },
                "Features": { "DisplayValues": ["a", "b"] },
            },
            "Offers": { "Listings": [{ "Price": { "Amount": 9.5 }, "MerchantInfo": { "Name": "S" } }] },
        });
        let found = read(&item, "DE", "2024-01-02".parse().expect("a day")).expect("understood");
        let core = json!({
            "title": "Lead, Ö", "title_length": 7, "bullet_count": 2, "image_count": 3, "category": "Leads",
            "category_path": ["Pets", "Dogs", "Leads"], "asin": "B1", "site": "DE",
        });
        let series = json!([{
            "price": 9.5, "bsr": 17, "buybox_seller": "S", "asin": "B1", "site": "DE", "dt": "2024-01-02",
        }]);
        assert_eq!(found.records, [("core", core), ("timeseries", series)]);
        assert_eq!(found.raw, item);
        assert_eq!(read(&json!({}), "DE", Date::ZERO), None);
    }
}
