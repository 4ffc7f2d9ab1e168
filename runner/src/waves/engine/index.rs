//! Finds the candidates of a CAM without looking at the others.

use super::candidate::{Candidate, Names, Row};
use super::keys::{size_key, vehicle_key};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Most candidates a prompt holds.
pub(super) const MAX_CANDIDATES: usize = 100;

/// All rows by size, and within a size by vehicle.
#[derive(Debug, Default)]
pub(super) struct Index {
    sizes: HashMap<String, Shelf>,
    names: Names,
    len: usize,
}

/// The rows of one size in candidate order, with the places of those that are sent.
#[derive(Debug, Default)]
struct Shelf {
    rows: Vec<Row>,
    any_vehicle: Vec<u32>,
    by_vehicle: HashMap<u32, Vec<u32>>,
}

impl Index {
    /// Adds a row; call [`Self::finish`] after the last.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        let row = Row::new(candidate, &mut self.names);
        self.sizes.entry(size_key(&candidate.size)).or_default().rows.push(row);
        self.len += 1;
    }

    /// Puts the rows into candidate order and picks those that can be sent.
    pub(super) fn finish(&mut self) {
        self.sizes.values_mut().for_each(Shelf::finish);
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Vehicles, brands and models of all rows.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// Rows of the size and the vehicle, else of the size: best tier first, then most sold, then
    /// lowest product; one row per product, at most [`MAX_CANDIDATES`].
    pub(super) fn candidates(&self, vehicle: &str, size: &str) -> Vec<&Row> {
        let Some(shelf) = self.sizes.get(&size_key(size)) else { return Vec::new() };
        let own = self.names.find(&vehicle_key(vehicle)).and_then(|key| shelf.by_vehicle.get(&key));
        shelf.at(own.unwrap_or(&shelf.any_vehicle))
    }

    /// Rows of the size for whatever vehicle, chosen and ordered likewise.
    pub(super) fn of_size(&self, size: &str) -> Vec<&Row> {
        let shelf = self.sizes.get(&size_key(size));
        shelf.map(|shelf| shelf.at(&shelf.any_vehicle)).unwrap_or_default()
    }
}

impl Shelf {
    fn at(&self, places: &[u32]) -> Vec<&Row> {
        places.iter().map(|&place| &self.rows[place as usize]).collect()
    }

    fn finish(&mut self) {
        self.rows.sort_by_key(|row| (row.tier, Reverse(row.units), row.product_id));
        let mut products = HashSet::new();
        for (place, row) in self.rows.iter().enumerate() {
            if self.any_vehicle.len() < MAX_CANDIDATES && products.insert(row.product_id) {
                self.any_vehicle.push(place as u32);
            }
            let own = self.by_vehicle.entry(row.vehicle).or_default();
            let is_same = |&other: &u32| self.rows[other as usize].product_id == row.product_id;
            if own.len() < MAX_CANDIDATES && !own.iter().any(is_same) {
                own.push(place as u32);
            }
        }
    }
}
