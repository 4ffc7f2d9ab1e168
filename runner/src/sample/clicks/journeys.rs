//! Where on the site a list of products was seen, and why it showed these products.

use crate::sample::random::Draw;

const SHOP: &str = "https://www.tyres.example";

/// Codes of the lists shown for a vehicle: who put them together, and what the visitor changed.
/// Some have a tail, some are in lower case, some mean nothing, some are missing.
#[rustfmt::skip]
const VEHICLE_CODES: [(Option<&str>, u64); 24] = [
    (Some("SCMM-AIM"), 160), (Some("CMM-AIM"), 120), (Some("PSCMM-AIM"), 60), (Some("PCMM-AIM"), 30),
    (Some("SUCMM-AIM"), 80), (Some("XSUCMM-AIM"), 40), (Some("PSUCMM-AIM"), 50),
    (Some("PXSUCMM-AIM"), 20), (Some("psucmm-aim"), 10), (Some("SUCMM"), 30),
    (Some("XSUCMM-NONCAM"), 20), (Some("PSUCMM"), 20), (Some("PXSUCMM"), 15), (Some("UCMM"), 30),
    (Some("XUCMM-NONCAM"), 20), (Some("PUCMM"), 20), (Some("PXUCMM"), 15), (Some("SCMM"), 60),
    (Some("PSCMM"), 25), (Some("CMM"), 60), (Some("PCMM"), 25), (Some("NM"), 20), (Some(""), 10),
    (None, 60),
];

/// Codes of the lists shown for a size alone.
const SIZE_CODES: [(Option<&str>, u64); 3] = [(None, 80), (Some("NM"), 12), (Some("CMM"), 8)];

/// Pages whose lists are not made for a vehicle or a size; no report counts them.
#[rustfmt::skip]
const SPECIAL_PAGES: [&str; 11] = [
    "/fitfast/", "/truck-tyres/", "/manufacturer/", "/seasonal-tyres/", "/runflat-tyres/",
    "/reinforced-tyres/", "/loadratings/", "/carmanufacturer/", "/speedratings/", "/staging/",
    "/inforgen/",
];

/// The code of a list.
pub(super) fn code(vehicle_known: bool, draw: &mut Draw) -> Option<&'static str> {
    draw.pick_weighted(if vehicle_known { &VEHICLE_CODES[..] } else { &SIZE_CODES[..] })
}

/// The page a list of this size was on.
pub(super) fn list_page(list_id: &str, draw: &mut Draw) -> Option<String> {
    match draw.below(1000) {
        0..8 => None,
        8..70 => Some(format!("{SHOP}{}{list_id}", draw.pick(&SPECIAL_PAGES))),
        70..500 => Some(format!("{SHOP}/tyres/{list_id}?sort=recommended")),
        _ => Some(format!("{SHOP}/tyres/{list_id}")),
    }
}

/// The page of the basket or of the finished order.
pub(super) fn order_page(step: &str) -> Option<String> {
    Some(format!("{SHOP}/order/{step}"))
}

/// The position a list reports for its element at `place`, counted from 0.
///
/// The fourth place has a second name, 200; a choice of brands is at 99.
pub(super) fn list_index(place: usize, draw: &mut Draw) -> Option<String> {
    match (draw.below(1000), place) {
        (0..5, _) => None,
        (5..25, _) => Some("(not set)".to_owned()),
        (25..55, 4..) => Some("99".to_owned()),
        (25..325, 3) => Some("200".to_owned()),
        _ => Some((place + 1).to_string()),
    }
}

/// The country of a visit.
pub(super) fn country(draw: &mut Draw) -> Option<&'static str> {
    draw.pick_weighted(&[
        (Some("United Kingdom"), 940),
        (Some("Ireland"), 25),
        (Some("France"), 10),
        (Some("United States"), 15),
        (Some("(not set)"), 5),
        (None, 5),
    ])
}
