//! Which vehicles there are, with their segments and sizes.

use super::candidate::Candidate;
use super::keys::{size_key, size_label, vehicle_key};
use std::collections::{BTreeSet, HashSet};

/// What the tyre score output says where nothing has been sold.
const NO_SALES: &str = "NO SALES YET";

/// A vehicle and one of its sizes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedCam {
    /// Make and model in capitals.
    pub vehicle: String,
    /// Size without speed rating.
    pub size: String,
    /// Segment of the vehicle.
    pub segment: String,
}

/// The distinct CAMs with sales, sorted by vehicle and size.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    cams: Vec<ListedCam>,
    seen: HashSet<(String, String, String)>,
}

impl Catalogue {
    /// Adds the CAM of a candidate; call [`Self::finish`] after the last.
    pub(super) fn add(&mut self, candidate: &Candidate) {
        if candidate.vehicle == NO_SALES || candidate.vehicle.is_empty() {
            return;
        }
        let key =
            (vehicle_key(&candidate.vehicle), size_key(&candidate.size), candidate.segment.clone());
        if self.seen.insert(key) {
            self.cams.push(ListedCam {
                vehicle: candidate.vehicle.clone(),
                size: size_label(&candidate.size),
                segment: candidate.segment.clone(),
            });
        }
    }

    /// Sorts.
    pub(super) fn finish(&mut self) {
        self.seen = HashSet::new();
        self.cams.sort();
    }

    /// Distinct segments but the one of vehicles without a segment.
    pub(super) fn segments(&self) -> Vec<&str> {
        let names = self.cams.iter().map(|cam| cam.segment.as_str());
        let distinct: BTreeSet<_> =
            names.filter(|name| *name != NO_SALES && !name.is_empty()).collect();
        distinct.into_iter().collect()
    }

    /// CAMs of a segment, case ignored, or all.
    pub(super) fn cams(&self, segment: Option<&str>) -> impl Iterator<Item = &ListedCam> {
        let segment = segment.map(str::to_lowercase);
        self.cams.iter().filter(move |cam| {
            segment.as_ref().is_none_or(|name| cam.segment.to_lowercase() == *name)
        })
    }

    /// Sizes of a vehicle by their numbers.
    pub(super) fn sizes_of(&self, vehicle: &str) -> Vec<&str> {
        let key = vehicle_key(vehicle);
        let own = self.cams.iter().filter(|cam| vehicle_key(&cam.vehicle) == key);
        let mut sizes: Vec<&str> = own.map(|cam| cam.size.as_str()).collect();
        sizes.sort_by_cached_key(|size| (numbers(size), *size));
        sizes.dedup();
        sizes
    }
}

/// The runs of digits in a text, as numbers.
fn numbers(text: &str) -> Vec<u64> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}
