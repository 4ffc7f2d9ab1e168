//! `priority_runlist_current.csv`: vehicles and sizes in the order of their importance.

use super::csv::CsvFile;
use super::market::{self, Market};
use super::random::{Draw, Stream};
use super::sizes::Size;
use anyhow::ensure;
use std::cmp::Reverse;
use std::path::Path;

const HEADER: [&str; 3] = ["Vehicle", "Size", "PriorityRank"];

/// How many rows the runlist of a sample of this scale has, unless told.
pub(super) fn count(scale: u32) -> u64 {
    market::pairs(scale) as u64
}

/// Writes a runlist of `count` rows.
///
/// One row in a hundred is mistyped, the way people do.
pub(super) fn write(path: &Path, market: &Market, count: u64, seed: u64) -> anyhow::Result<u64> {
    let most = (market.vehicles.len() * market.sizes.len()) as u64;
    ensure!(
        (1..=most).contains(&count),
        "A runlist of {count} rows: give from 1 to {most} with --cams, or a larger --scale"
    );
    let mut draw = Draw::new(seed, Stream::Runlist);
    let mut file = CsvFile::create(path, &HEADER)?;
    let mut odd_place = 0;
    for (place, (vehicle, size)) in cams(market).take(count as usize).enumerate() {
        if place % 100 == 0 {
            odd_place = place + draw.index(100);
        }
        let vehicle = market.vehicles[vehicle].joined();
        let size = &market.sizes[size];
        let (vehicle, size) = if place == odd_place {
            mistyped(place / 100, &vehicle, size)
        } else {
            (vehicle, size.to_string())
        };
        file.row(&[&vehicle, &size, &(place + 1).to_string()])?;
    }
    file.finish()
}

/// Indices of vehicles and sizes: first what is asked for, most wanted first; then every vehicle in
/// sizes that nobody asked for yet, the same number of each.
fn cams(market: &Market) -> impl Iterator<Item = (usize, usize)> {
    let sizes = market.sizes.len();
    let mut by_demand: Vec<usize> = (0..market.vehicles.len()).collect();
    by_demand.sort_by_key(|&vehicle| Reverse(market.vehicles[vehicle].weight));
    let wanted = market.pairs.iter().map(|pair| (pair.vehicle, pair.size));
    let others = (0..sizes).flat_map(move |round| {
        by_demand.clone().into_iter().map(move |vehicle| (vehicle, (vehicle + round) % sizes))
    });
    let unknown =
        |(vehicle, size): &(usize, usize)| !market.vehicles[*vehicle].sizes.contains(size);
    wanted.chain(others.filter(unknown))
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
