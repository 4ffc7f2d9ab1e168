//! What services that are asked about many products at once answer.

use jiff::civil::Date;
use serde_json::Value;

/// A product of which something is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The product.
    pub asin: String,
    /// The part of the answer that is about it, as it came.
    pub raw: Value,
    /// The same as the unified API would say it: the name of a kind, and its answer.
    pub records: Vec<(&'static str, Value)>,
}

/// A product that the service has nothing about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The product.
    pub asin: String,
    /// What the service says of it.
    pub reason: String,
}

/// An answer about many products.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Products with something.
    pub found: Vec<Found>,
    /// Products without.
    pub lacking: Vec<Lacking>,
}

/// The days that are asked for, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub since: Date,
    /// The last.
    pub until: Date,
}

impl Days {
    /// Whether a day is one of them.
    pub fn contains(&self, day: Date) -> bool {
        (self.since..=self.until).contains(&day)
    }
}
