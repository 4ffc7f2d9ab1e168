//! `priority_runlist_current.csv`: vehicles and sizes in the order of their importance.

use super::csv::CsvFile;
use super::market::{self, Market};
use super::random::{Draw, Stream};
use super::sizes::Size;
use std::path::Path;

const HEADER: [&str; 3] = ["Vehicle", "Size", "PriorityRank"];

/// Writes the runlist and returns its number of rows.
///
/// A row in a hundred is written the way people mistype it; all of them can be repaired.
pub(super) fn write(path: &Path, market: &Market, scale: u32, seed: u64) -> anyhow::Result<u64> {
    let mut draw = Draw::new(seed, Stream::Runlist);
    let mut file = CsvFile::create(path, &HEADER)?;
    for (place, pair) in market.pairs.iter().take(market::pairs(scale)).enumerate() {
        let vehicle = market.vehicle(*pair).joined();
        let size = market.size(*pair);
        let (vehicle, size) = match draw.below(1000) {
            0..10 => mistyped(&vehicle, size, &mut draw),
            _ => (vehicle, size.to_string()),
        };
        file.row(&[&vehicle, &size, &(place + 1).to_string()])?;
    }
    file.finish()
}

fn mistyped(vehicle: &str, size: &Size, draw: &mut Draw) -> (String, String) {
    match draw.below(4) {
        0 => (format!(" {vehicle} "), format!("  {size} ")),
        1 => (vehicle.to_owned(), format!("{}/{}R{}", size.width, size.profile, size.rim)),
        2 => (vehicle.to_owned(), format!("{size} 92Y")),
        _ => (format!("{vehicle} {size}"), "-".to_owned()),
    }
}
