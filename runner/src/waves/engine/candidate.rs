//! A candidate as the warehouse has it, and the small form the engine keeps.

use super::brands::BrandSet;
use super::keys::{plain, vehicle_key};
use crate::waves::contract::is_product_id;
use std::collections::HashMap;

/// One row of the tyre score output, reduced to what a recommendation needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidate {
    /// Tier text: `1.BEST TYRE SCORE` … `4.FAIR TYRE SCORE`, `Unclassified`.
    pub tyre_score: String,
    /// Product number; only those of 7 or 8 digits are ever shown.
    pub product_id: i64,
    /// `Premium`, `MidRange` or `Budget`.
    pub grade: String,
    /// Manufacturer.
    pub brand: String,
    /// Tyre model.
    pub model: String,
    /// `Summer`, `Winter` or `AllSeason`.
    pub season: String,
    /// Segment of the vehicle, or `NO SALES YET`.
    pub segment: String,
    /// Make and model in capitals, or `NO SALES YET`.
    pub vehicle: String,
    /// Size with speed rating.
    pub size: String,
    /// Price in pounds.
    pub price: Option<f64>,
    /// `ONOFFER` or `NORMAL`.
    pub offer: String,
    /// Price relative to the last weeks; 1 is unchanged.
    pub price_fluctuation: f64,
    /// Units sold for this vehicle.
    pub units: i64,
    /// Average price paid for this vehicle and size.
    pub goldilocks_zone: Option<f64>,
    /// Budget tyres' share of the units of this vehicle and size, in percent.
    pub budget_share: f64,
    /// `Active` or `Potential`.
    pub sales_status: String,
}

/// Quality grade of a tyre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Premium,
    MidRange,
    Budget,
    Other,
}

impl Grade {
    fn of(text: &str) -> Self {
        match plain(text).as_str() {
            "premium" => Self::Premium,
            "midrange" => Self::MidRange,
            "budget" => Self::Budget,
            _ => Self::Other,
        }
    }

    /// Whether the grade may stand in the first three hotboxes.
    pub(super) fn is_upper(self) -> bool {
        matches!(self, Self::Premium | Self::MidRange)
    }
}

/// Season a tyre is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    Summer,
    Winter,
    AllYear,
}

impl Season {
    /// The season of a text; other texts have none.
    pub(super) fn of(text: &str) -> Option<Self> {
        match plain(text).as_str() {
            "summer" => Some(Self::Summer),
            "winter" => Some(Self::Winter),
            "allseason" => Some(Self::AllYear),
            _ => None,
        }
    }
}

/// A candidate with its texts replaced by numbers: an output of a million rows fits into memory.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) vehicle: u32,
    pub(super) product_id: i64,
    pub(super) is_product: bool,
    /// 0 is the best tier, 4 is unclassified.
    pub(super) tier: u8,
    pub(super) grade: Grade,
    pub(super) brand_set: BrandSet,
    pub(super) brand: u32,
    pub(super) model: u32,
    pub(super) season: Option<Season>,
    pub(super) price: Option<f64>,
    pub(super) on_offer: bool,
    pub(super) price_fluctuation: f64,
    pub(super) units: i64,
    pub(super) goldilocks_zone: Option<f64>,
    pub(super) budget_share: f64,
    pub(super) active: bool,
}

impl Row {
    /// The small form of a candidate.
    pub(super) fn new(candidate: &Candidate, names: &mut Names) -> Self {
        let brand = plain(&candidate.brand);
        Self {
            vehicle: names.number(&vehicle_key(&candidate.vehicle)),
            product_id: candidate.product_id,
            is_product: is_product_id(&candidate.product_id.to_string()),
            tier: match candidate.tyre_score.as_bytes() {
                [digit @ b'1'..=b'4', b'.', ..] => digit - b'1',
                _ => 4,
            },
            grade: Grade::of(&candidate.grade),
            brand_set: BrandSet::of(&brand),
            brand: names.number(&brand),
            model: names.number(&model_key(&candidate.model)),
            season: Season::of(&candidate.season),
            price: candidate.price,
            on_offer: candidate.offer.trim().eq_ignore_ascii_case("onoffer"),
            price_fluctuation: candidate.price_fluctuation,
            units: candidate.units,
            goldilocks_zone: candidate.goldilocks_zone,
            budget_share: candidate.budget_share,
            active: candidate.sales_status.trim().eq_ignore_ascii_case("active"),
        }
    }
}

/// The form in which two model texts are compared: case and outer blanks ignored, `+` and the like kept.
pub(super) fn model_key(model: &str) -> String {
    model.trim().to_lowercase()
}

/// Vehicles, brands and models by number.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, u32>);

impl Names {
    /// The number of a name, given out on first sight.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.find(name) {
            return number;
        }
        let number = self.0.len() as u32;
        self.0.insert(name.to_owned(), number);
        number
    }

    /// The number of a name, if any candidate has it.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }
}
