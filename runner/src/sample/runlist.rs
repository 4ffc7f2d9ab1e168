//! `priority_runlist_current.csv`: vehicles and sizes in the order of their importance.

use super::csv::CsvFile;
use super::market::{self, Market};
use super::random::{Draw, Stream};
use super::sizes::Size;
use std::path::Path;

const HEADER: [&str; 3] = ["Vehicle", "Size", "PriorityRank"];

/// Writes the runlist and returns its number of rows.
///
/// One row in a hundred is mistyped, the way people do.
pub(super) fn write(path: &Path, market: &Market, scale: u32, seed: u64) -> anyhow::Result<u64> {
    let mut draw = Draw::new(seed, Stream::Runlist);
    let mut file = CsvFile::create(path, &HEADER)?;
    let mut odd_place = 0;
    for (place, pair) in market.pairs.iter().take(market::pairs(scale)).enumerate() {
        if place % 100 == 0 {
            odd_place = place + draw.index(100);
        }
        let vehicle = market.vehicle(*pair).joined();
        let size = market.size(*pair);
        let (vehicle, size) = if place == odd_place {
            mistyped(place / 100, &vehicle, size)
        } else {
            (vehicle, size.to_string())
        };
        file.row(&[&vehicle, &size, &(place + 1).to_string()])?;
    }
    file.finish()
}

/// One of four ways to mistype a row, each in turn.
fn mistyped(turn: usize, vehicle: &str, size: &Size) -> (String, String) {
    match turn % 4 {
        0 => (format!(" {vehicle} "), format!("  {size} ")),
        1 => (vehicle.to_owned(), format!("{}/{}R{}", size.width, size.profile, size.rim)),
        2 => (vehicle.to_owned(), format!("{size} 92Y")),
        _ => (format!("{vehicle} {size}"), "-".to_owned()),
    }
}
