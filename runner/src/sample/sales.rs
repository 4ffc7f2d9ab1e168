//! `CarMakeModelSales.csv`: what was sold for which car.

use super::csv::CsvFile;
use super::market::Market;
use super::products::pounds;
use super::random::{Draw, Stream, Weights};
use std::path::Path;

const HEADER: [&str; 9] =
    ["ProductId", "CarMake", "CarModel", "Width", "Profile", "Rim", "Orders", "Units", "AvgPrice"];

/// The most orders one row has.
const MOST_ORDERS: u64 = 450;

/// The most units one row has.
const MOST_UNITS: u64 = 1_100;

/// Lowest and highest average price, in pence.
const PRICES: (i64, i64) = (5_000, 30_000);

/// How many rows the sales file of a sample of this scale has.
pub(super) fn count(scale: u32) -> u64 {
    12_000 * u64::from(scale)
}

/// Writes the sales file and returns its number of rows.
pub(super) fn write(path: &Path, market: &Market, scale: u32, seed: u64) -> anyhow::Result<u64> {
    let mut draw = Draw::new(seed, Stream::Sales);
    // No order at all is rare; from 1 on, a number is the less likely the larger it is.
    let orders = Weights::new((0..=MOST_ORDERS).map(|n| match n {
        0 => 500_000,
        n => 10_000_000 / (n * (n + 1)),
    }));
    let mut file = CsvFile::create(path, &HEADER)?;
    for _ in 0..count(scale) {
        let pair = market.pair(&mut draw);
        let (vehicle, size) = (market.vehicle(pair), market.size(pair));
        let product = market.product(pair.size, &mut draw);
        let id = if draw.chance(15) { draw.pick(&market.range.delisted) } else { product.id };
        let make = vehicle.make.to_uppercase();
        let model = match draw.below(1000) {
            0..4 => String::new(),
            4..10 => "UNKNOWN".to_owned(),
            _ => vehicle.model.to_uppercase(),
        };
        let sold = orders.draw(&mut draw) as u64;
        let (sold_text, units_text) = quantities(sold, &mut draw);
        let average = product.price_pence * draw.between(94, 106) / 100;
        let (width, profile, rim) = if draw.chance(1) {
            draw.pick(&[("2/1", "4", "16"), ("1205", "55", "16")])
        } else {
            (size.width.as_str(), size.profile.as_str(), size.rim.as_str())
        };
        file.row(&[
            &id.to_string(),
            &make,
            &model,
            width,
            profile,
            rim,
            &sold_text,
            &units_text,
            &pounds(average.clamp(PRICES.0, PRICES.1)),
        ])?;
    }
    file.finish()
}

/// Orders and units as the file has them: numbers, but for a few rows damaged on the way.
fn quantities(orders: u64, draw: &mut Draw) -> (String, String) {
    let units: u64 = (0..orders).map(|_| draw.pick_weighted(&[(1, 25), (2, 45), (4, 30)])).sum();
    let units = units.min(MOST_UNITS).to_string();
    match draw.below(10_000) {
        0..4 => (draw.pick(&["x", "", "1,204", "2.5"]).to_owned(), units),
        4..6 => (orders.to_string(), draw.pick(&["", "n/a"]).to_owned()),
        _ => (orders.to_string(), units),
    }
}
