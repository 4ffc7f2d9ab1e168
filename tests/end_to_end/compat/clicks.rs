//! Stages 3 and 9: what is made of the click-stream.

use super::{SCORES, assert_lines, both};
use crate::fixture::{Input, Item, Sale, Tyre, item, purchase, sale, tyre, view};

const DAY: &str = "2026-03-10";

/// D-06: a model with a blank met no clicks. D-09: a rate of 1 % and more became 0.14. D-07: the views of
/// another list were another row.
#[test]
fn views_and_rates() {
    let seen = |id, list, times| {
        view(
            DAY,
            1,
            "u",
            &[Item { times, list: Some(list), vehicle: Some("Tesla Model 3"), ..item(id) }],
        )
    };
    let sold = |id, model| Sale { orders: "5", ..sale(id, "TESLA", model) };
    let roots = both(
        &Input::empty()
            .tyres([Tyre { wet_grip: "", ..tyre(9) }, tyre(1), tyre(2), tyre(3)])
            .sale(sold(1, "MODEL 3"))
            .sale(sold(2, "MODEL3"))
            .sale(sold(3, "MODEL3"))
            .events([
                seen("1", "205-55-16", 600),
                seen("2", "205-55-16", 600),
                seen("3", "205-55-16", 500),
                seen("3", "a list", 1000),
                // Both do not end in digits: one list. So is the same size written in another way.
                seen("3", "another list", 1000),
                seen("3", "205/55/16", 0),
            ]),
        "1,3",
    );
    assert_lines(
        &roots,
        &format!(
            "select \"ProductId\", \"PRODUCTLISTVIEWS\", \"CLICKSTREAMRATE\" from {SCORES} order by all"
        ),
        &["1|600|0.833", "2|600|0.833", "3|2500|0.2"],
        &["1|0|0.0", "2|600|0.833", "3|500|0.14", "3|2000|0.25"],
    );
}

/// D-37: of several lines of one product in an order only one counted.
#[test]
fn lines_of_one_order() {
    let line = |price, quantity| Item { price: Some(price), quantity, ..item("1") };
    let roots = both(
        &Input::empty().events([
            view(DAY, 100, "u", &[item("1")]),
            view(DAY, 200, "u", &[item("1")]),
            purchase(DAY, 150, "u", "t1", &[line(90.0, None)]),
            purchase(DAY, 300, "u", "t1", &[line(100.0, Some(2)), line(90.0, None)]),
            purchase("2026-03-14", 1, "u", "t2", &[line(50.0, Some(1))]),
        ]),
        "9",
    );
    assert_lines(
        &roots,
        "select \"Orders\", \"PurchasedUnits\", \"PurchasedRevenue\" \
         from \"AIM\".\"aim-merchandising-report\" order by all",
        &["0|0|0.0", "2|5|430.0"],
        &["0|0|0.0", "2|3|250.0"],
    );
}

/// D-08: which view of a moment counts the user was arbitrary: in both positions the best place does.
#[test]
fn ties_between_views() {
    let at = |id, index| Item { index: Some(index), ..item(id) };
    let events = [view(DAY, 1, "u", &[at("1", "7"), at("2", "2"), at("3", "1"), at("4", "1")])];
    let flags = ["1|0|0", "2|0|0", "3|1|1", "4|0|0"];
    assert_lines(
        &both(&Input::empty().events(events), "9"),
        "select \"SKU\", \"TotalUsers\", \"UsersUniqueDayJourney\" \
         from \"AIM\".\"aim-merchandising-report\" order by all",
        &flags,
        &flags,
    );
}
