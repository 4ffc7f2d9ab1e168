//! Vehicles: names in all the forms the inputs write them in, segments, and the sizes they take.

mod models;

use super::random::{Draw, zipf};
use super::sizes::Sizes;
use std::collections::HashSet;

/// As many different vehicles as the recommendation service knows.
const MOST_VEHICLES: usize = 3641;

/// What a vehicle is, which decides its segment and the sizes it takes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Kind {
    City,
    SmallFamily,
    PremiumSmall,
    LargeFamily,
    FamilySuv,
    PremiumFamily,
    Executive,
    HotHatch,
    HighPerformance,
    Sports,
    LuxurySuv,
    Electric,
    Van,
    OffRoad,
    Motorcycle,
    General,
}

impl Kind {
    pub(super) const ALL: [Self; 16] = [
        Self::City,
        Self::SmallFamily,
        Self::PremiumSmall,
        Self::LargeFamily,
        Self::FamilySuv,
        Self::PremiumFamily,
        Self::Executive,
        Self::HotHatch,
        Self::HighPerformance,
        Self::Sports,
        Self::LuxurySuv,
        Self::Electric,
        Self::Van,
        Self::OffRoad,
        Self::Motorcycle,
        Self::General,
    ];

    pub(super) fn segment(self) -> &'static str {
        match self {
            Self::City => "City Car",
            Self::SmallFamily => "Small family car",
            Self::PremiumSmall => "Premium Small family car",
            Self::LargeFamily => "Large family car",
            Self::FamilySuv => "Family/Compact SUV",
            Self::PremiumFamily => "Premium family car",
            Self::Executive => "Executive car",
            Self::HotHatch => "Hot hatch",
            Self::HighPerformance => "High Performance",
            Self::Sports => "Sports",
            Self::LuxurySuv => "Luxury SUV",
            Self::Electric => "EV",
            Self::Van => "Van",
            Self::OffRoad => "4X4",
            Self::Motorcycle => "Motorcycle",
            Self::General => "GENERAL",
        }
    }

    pub(super) fn category(self) -> &'static str {
        match self {
            Self::FamilySuv | Self::LuxurySuv => "SUV",
            Self::OffRoad => "4x4",
            Self::Van => "Van",
            Self::Motorcycle => "Motorcycle",
            _ => "Car",
        }
    }

    pub(super) fn pod(self) -> &'static str {
        match self {
            Self::City | Self::SmallFamily | Self::General => "Everyday",
            Self::LargeFamily | Self::FamilySuv | Self::Electric => "Family",
            Self::PremiumSmall | Self::PremiumFamily | Self::Executive | Self::LuxurySuv => {
                "Prestige"
            }
            Self::HotHatch | Self::HighPerformance | Self::Sports => "Performance",
            Self::Van | Self::OffRoad | Self::Motorcycle => "Specialist",
        }
    }

    /// How often such vehicles turn up, beside a family car's 8.
    fn share(self) -> u64 {
        match self {
            Self::HighPerformance | Self::Sports | Self::Motorcycle | Self::General => 2,
            Self::OffRoad | Self::Executive | Self::HotHatch => 4,
            _ => 8,
        }
    }
}

/// One make and model.
pub(super) struct Vehicle {
    /// As people write it: `Mercedes-Benz`.
    pub(super) make: String,
    /// As people write it: `C-Class`.
    pub(super) model: String,
    /// Both, as the site shows them: `Audi A3`.
    pub(super) shown: String,
    pub(super) kind: Kind,
    /// Indices into the sizes of the sample, the usual one first.
    pub(super) sizes: Vec<usize>,
    /// How often it is sold and searched for.
    pub(super) weight: u64,
    /// Whether the vehicle mapping knows it.
    pub(super) mapped: bool,
}

impl Vehicle {
    /// Make and model without anything between them, as the runlist has it: `TESLAMODEL 3`.
    pub(super) fn joined(&self) -> String {
        format!("{}{}", self.make, self.model).to_uppercase()
    }

    /// Lower-case letters and digits only, by which vehicles of different sources are matched.
    pub(super) fn key(&self) -> String {
        key(&self.make, &self.model)
    }
}

fn key(make: &str, model: &str) -> String {
    make.chars()
        .chain(model.chars())
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// How many vehicles a sample of this scale has.
pub(super) fn count(scale: u32) -> usize {
    (250 * scale as usize).min(MOST_VEHICLES)
}

/// The vehicles of a sample, with `sizes_each` sizes on average.
pub(super) fn build(scale: u32, sizes_each: usize, sizes: &Sizes, draw: &mut Draw) -> Vec<Vehicle> {
    let names = names(count(scale));
    let ranks = ranks(names.len(), draw);
    names
        .into_iter()
        .zip(ranks)
        .map(|((make, model, kind), rank)| {
            let spread = sizes_each as i64 / 2;
            let wanted = (sizes_each as i64 + draw.between(-spread, spread)).max(2);
            Vehicle {
                shown: format!("{make} {model}"),
                make,
                model,
                kind,
                sizes: sizes.choose(kind, wanted as usize, draw),
                weight: zipf(rank, 8) / 1000 * kind.share(),
                mapped: !draw.chance(30),
            }
        })
        .collect()
}

/// How popular each of `count` vehicles is, the first ones more likely so; 0 is the most popular.
fn ranks(count: usize, draw: &mut Draw) -> Vec<u64> {
    let mut order: Vec<(u64, usize)> =
        (0..count).map(|place| (place as u64 + draw.below(count as u64), place)).collect();
    order.sort_unstable();
    let mut ranks = vec![0; count];
    for (rank, (_, place)) in order.into_iter().enumerate() {
        ranks[place] = rank as u64;
    }
    ranks
}

/// The first names: one model of each make in turn, then the next; when all are used up, the same
/// with a body style or generation added.
fn names(count: usize) -> Vec<(String, String, Kind)> {
    let longest = models::MAKES.iter().map(|(_, models)| models.len()).max().unwrap_or_default();
    let mut base = Vec::new();
    for place in 0..longest {
        for (make, models) in models::MAKES {
            if let Some((model, kind)) = models.get(place) {
                base.push((*make, *model, *kind));
            }
        }
    }
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(count);
    for variant in models::VARIANTS {
        for (make, model, kind) in &base {
            let model = format!("{model} {variant}").trim_end().to_owned();
            if names.len() < count && seen.insert(key(make, &model)) {
                names.push(((*make).to_owned(), model, *kind));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_vehicles_as_promised() {
        for scale in [1, 2, 10, 14, 15, 1000] {
            assert_eq!(names(count(scale)).len(), count(scale), "scale {scale}");
        }
    }

    #[test]
    fn the_smallest_sample_has_the_hard_names() {
        let names = names(count(1));
        let has = |make: &str, model: &str| names.iter().any(|n| n.0 == make && n.1 == model);
        assert!(has("Tesla", "Model 3") && has("Mercedes-Benz", "C-Class"));
        assert!(has("Alfa Romeo", "Giulia") && has("Land Rover", "90") && has("Audi", "A3"));
        for kind in Kind::ALL {
            assert!(names.iter().any(|name| name.2 == kind), "{kind:?}");
        }
    }
}
