//! The services that can be asked, and what each of them wants and has.

use super::super::Choices;
use crate::signals::{keepa, paapi};
use clap::ValueEnum;

/// A service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// The unified API: products, series, reviews, keywords
    #[default]
    Unified,
    /// Keepa: series
    Keepa,
    /// Helium 10: search volume, cost and difficulty of the keywords that products have
    Helium10,
    /// Jungle Scout: the same as helium10
    Junglescout,
    /// Amazon's Selling Partner API: the stock and orders of a seller
    Spapi,
    /// Amazon's Product Advertising API: products, and today's price, rank and rating
    Paapi,
}

impl Provider {
    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unified => "unified_api",
            Self::Keepa => "keepa",
            Self::Helium10 => "helium10",
            Self::Junglescout => "junglescout",
            Self::Spapi => "spapi",
            Self::Paapi => "paapi",
        }
    }

    /// The kinds of answers about a product.
    pub(super) fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Unified => &["core", "timeseries", "reviews", "keywords"],
            Self::Keepa => &["timeseries"],
            Self::Helium10 | Self::Junglescout => &["keywords"],
            Self::Spapi => &["timeseries", "orders"],
            Self::Paapi => &["core", "timeseries"],
        }
    }

    /// Products that are asked for at once.
    pub(super) fn most(self) -> usize {
        match self {
            Self::Unified | Self::Helium10 | Self::Junglescout => 1,
            Self::Keepa => keepa::MOST_ASINS,
            Self::Paapi => paapi::MOST_ASINS,
            // It is asked for all that a seller has.
            Self::Spapi => usize::MAX,
        }
    }

    /// The variables with what it wants to know; the first is the key.
    pub(super) fn secrets(self, choices: &Choices) -> &'static [&'static str] {
        match self {
            Self::Unified => &["UNIFIED_API_TOKEN"],
            Self::Keepa => &["KEEPA_API_KEY"],
            Self::Helium10 => &["HELIUM10_API_KEY"],
            Self::Junglescout => &["JUNGLESCOUT_API_KEY"],
            Self::Spapi if choices.ask_amazon_as_documented => {
                &["SPAPI_REFRESH_TOKEN", "SPAPI_CLIENT_SECRET", "SPAPI_CLIENT_ID"]
            }
            Self::Spapi => &["SPAPI_REFRESH_TOKEN"],
            Self::Paapi => &["PAAPI_SECRET_KEY", "PAAPI_ACCESS_KEY", "PAAPI_PARTNER_TAG"],
        }
    }

    /// Whether it says how things are now, and of no other day.
    pub(super) fn knows_today_only(self) -> bool {
        matches!(self, Self::Spapi | Self::Paapi)
    }

    /// Whether it knows a part of what the tables have: the rest stays as it is.
    pub(super) fn is_partial(self) -> bool {
        self != Self::Unified
    }

    /// Where the built-in one is, below the address of the built-in API.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Unified => "",
            Self::Keepa => "/keepa",
            Self::Helium10 => "/helium10",
            Self::Junglescout => "/junglescout",
            Self::Spapi => "/spapi",
            Self::Paapi => "/paapi5",
        }
    }
}
