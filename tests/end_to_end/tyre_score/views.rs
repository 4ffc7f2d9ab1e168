//! Views and the click-stream rate.

use super::{P, rows, scored};
use crate::fixture::{Event, Input, Item, Sale, item, sale, tyre, view};

#[test]
fn views_and_rates() {
    let day = "2026-03-14";
    let seen = |second, id, times| view(day, second, "u", &[Item { times, ..item(id) }]);
    let ordered = |id, orders| Sale { orders, ..sale(P + id, "AUDI", "A3") };
    let tesla = Item { vehicle: Some("Tesla Model 3"), times: 50, ..item("20000007") };
    let elsewhere = Item { list: Some("225-40-18"), times: 3, ..item("20000006") };
    let input = Input::empty()
        .tyres((1..=7).map(|n| tyre(P + n)))
        .sale(ordered(1, "5"))
        .sale(ordered(2, "5"))
        .sale(ordered(3, "5"))
        .sale(ordered(4, "5"))
        .sale(ordered(5, "3"))
        .sale(ordered(6, "0"))
        .sale(sale(P + 7, "TESLA", "MODEL 3"))
        .event(seen(1, "20000001", 3))
        .event(seen(2, "20000002", 600))
        .event(seen(3, "20000003", 500))
        .event(seen(4, "20000005", 1000))
        // Two lists of one product are one row with all views (D-07: two rows).
        .event(seen(5, "20000006", 2))
        .event(view(day, 6, "u", &[elsewhere]))
        // Blanks in the model do not matter (D-06: it had no views).
        .event(view(day, 7, "u", &[tesla]))
        // None of these is a view of a product with a vehicle.
        .event(Event { name: "add_to_cart", ..seen(8, "20000004", 5) })
        .event(seen(9, "(not set)", 5))
        .event(view(day, 10, "u", &[Item { vehicle: None, ..item("20000004") }]));
    let root = scored(&input);
    // 1 % and more stays (D-09: it became 0.14).
    assert_eq!(
        rows(&root, "\"PRODUCTLISTVIEWS\", \"CLICKSTREAMRATE\""),
        ["1|3|166.667", "2|600|0.833", "3|500|1.0", "4|0|0.0", "5|1000|0.3", "6|5|0.0", "7|50|4.0"]
    );
    let capped = scored(&input.env("AIM_CLICKSTREAM_RATE_CAP", "0.9"));
    assert_eq!(
        rows(&capped, "\"CLICKSTREAMRATE\""),
        ["1|0.9", "2|0.833", "3|0.9", "4|0.0", "5|0.3", "6|0.0", "7|0.9"]
    );
}

#[test]
fn views_of_three_calendar_months_count() {
    let seen = |day, times| view(day, 1, "u", &[Item { times, ..item("20000001") }]);
    let intraday = "select '20260315' as event_date, 'view_item_list' as event_name, \
        [{'item_id': '20000001', 'item_category5': 'Audi A3'}] as items";
    let root = scored(
        &Input::empty()
            .tyre(tyre(P + 1))
            .sale(sale(P + 1, "AUDI", "A3"))
            .event(seen("2025-12-14", 1000))
            .event(seen("2025-12-15", 1))
            .event(seen("2026-03-15", 10))
            .event(seen("2026-03-16", 1000))
            .table("analytics/events_intraday_20260315", intraday),
    );
    assert_eq!(rows(&root, "\"PRODUCTLISTVIEWS\""), ["1|11"]);
}

#[test]
fn without_clicks_there_are_no_views() {
    let root = scored(&Input::empty().tyre(tyre(P + 1)));
    assert_eq!(rows(&root, "\"PRODUCTLISTVIEWS\", \"CLICKSTREAMRATE\""), ["1|0|0.0"]);
}
