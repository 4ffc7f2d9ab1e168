//! What makes one candidate better than another.

use super::candidate::{Names, Row, Season, model_key};
use super::keys::plain;
use crate::waves::contract::Params;

/// A request's parameters in the form the engine compares with; values out of range are replaced by
/// their defaults, as the service does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wishes {
    /// Half width of the Goldilocks range as a fraction.
    zone: f64,
    upper: f64,
    lower: f64,
    brand: Wish<u32>,
    model: Wish<u32>,
    season: Wish<Season>,
}

/// Something asked for: not at all, something no candidate has, or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish<T> {
    None,
    Unknown,
    Value(T),
}

impl<T: PartialEq> Wish<T> {
    fn named(text: &str, find: impl FnOnce(&str) -> Option<T>) -> Self {
        if text.trim().is_empty() {
            Self::None
        } else {
            find(text).map_or(Self::Unknown, Self::Value)
        }
    }

    fn is_met_by(&self, value: Option<T>) -> bool {
        matches!((self, value), (Self::Value(wanted), Some(value)) if *wanted == value)
    }
}

impl Wishes {
    /// The wishes of a request, with names looked up among the candidates' names.
    pub(super) fn new(params: &Params, names: &Names) -> Self {
        let defaults = Params::default();
        let percent = match params.goldilocks_zone_pct {
            percent @ 5..=50 => percent,
            _ => defaults.goldilocks_zone_pct,
        };
        let within = |value: f64, low: f64, high: f64, default: f64| {
            if (low..=high).contains(&value) { value } else { default }
        };
        Self {
            zone: percent as f64 / 100.0,
            upper: within(
                params.price_fluctuation_upper,
                1.0,
                2.0,
                defaults.price_fluctuation_upper,
            ),
            lower: within(
                params.price_fluctuation_lower,
                0.5,
                1.0,
                defaults.price_fluctuation_lower,
            ),
            brand: Wish::named(&params.brand_enhancer, |text| names.find(&plain(text))),
            model: Wish::named(&params.model_enhancer, |text| names.find(&model_key(text))),
            // A season the service does not know has no effect.
            season: Season::of(&params.season).map_or(Wish::None, Wish::Value),
        }
    }

    /// Number of enhancers asked for.
    pub(super) fn count(&self) -> usize {
        usize::from(self.brand != Wish::None)
            + usize::from(self.model != Wish::None)
            + usize::from(self.season != Wish::None)
    }

    /// Number of enhancers the row meets.
    pub(super) fn met_by(&self, row: &Row) -> usize {
        usize::from(self.brand.is_met_by(Some(row.brand)))
            + usize::from(self.model.is_met_by(Some(row.model)))
            + usize::from(self.season.is_met_by(row.season))
    }

    /// Tier (4 to 0) + 1 inside the Goldilocks range + 0.5 on offer ± 0.5 by price fluctuation
    /// + 0.25 with sales. Every value is a multiple of a quarter, so sums are exact.
    pub(super) fn score(&self, row: &Row) -> f64 {
        let when = |condition: bool, points: f64| if condition { points } else { 0.0 };
        let in_zone = match (row.price, row.goldilocks_zone) {
            (Some(price), Some(zone)) => (price - zone).abs() <= zone * self.zone,
            _ => false,
        };
        f64::from(4 - row.tier)
            + when(in_zone, 1.0)
            + when(row.on_offer, 0.5)
            + when(row.price_fluctuation < self.lower, 0.5)
            - when(row.price_fluctuation > self.upper, 0.5)
            + when(row.active, 0.25)
    }
}
