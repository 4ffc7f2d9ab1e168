//! Markets, as each of the services names them.

/// A market of Amazon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Market {
    /// Its short name: `US`.
    pub site: &'static str,
    /// Keepa's number of it; one that Keepa does not have is taken for the US.
    pub keepa: u32,
    /// Its id in the Selling Partner API.
    pub id: &'static str,
    /// The part of the world whose server has it: `na`, `eu` or `fe`.
    pub region: &'static str,
    /// The end of its shop's address: `com` of `www.amazon.com`.
    pub domain: &'static str,
}

const MARKETS: [Market; 12] = [
    market("US", 1, "ATVPDKIKX0DER", "na", "com"),
    market("UK", 2, "A1F83G8C2ARO7P", "eu", "co.uk"),
    market("DE", 3, "A1PA6795UKMFR9", "eu", "de"),
    market("FR", 4, "A13V1IB3VIYZZH", "eu", "fr"),
    market("JP", 5, "A1VC38T7YXB528", "fe", "co.jp"),
    market("CA", 6, "A2EUQ1WTGCTBG2", "na", "ca"),
    market("IT", 8, "APJ6JRA9NG5V4", "eu", "it"),
    market("ES", 9, "A1RKKUPIHCS9HS", "eu", "es"),
    market("IN", 10, "A21TJRUUN4KGV", "eu", "in"),
    market("MX", 11, "A1AM78C64UM0Y8", "na", "com.mx"),
    market("AU", 12, "A39IBJ37TRP1C6", "fe", "com.au"),
    market("BR", 1, "A2Q3Y263D00KWC", "na", "com.br"),
];

const fn market(
    site: &'static str,
    keepa: u32,
    id: &'static str,
    region: &'static str,
    domain: &'static str,
) -> Market {
    Market { site, keepa, id, region, domain }
}

impl Market {
    /// The market of this name.
    pub fn of(site: &str) -> Option<Self> {
        MARKETS.into_iter().find(|market| market.site == site)
    }

    /// The market with this id in the Selling Partner API.
    pub fn with_id(id: &str) -> Option<Self> {
        MARKETS.into_iter().find(|market| market.id == id)
    }

    /// The market with this number at Keepa.
    pub fn with_number(number: u32) -> Option<Self> {
        MARKETS.into_iter().find(|market| market.keepa == number)
    }

    /// The market of a shop: `www.amazon.de`.
    pub fn with_shop(shop: &str) -> Option<Self> {
        MARKETS.into_iter().find(|market| market.shop() == shop)
    }

    /// `www.amazon.com`.
    pub fn shop(self) -> String {
        format!("www.amazon.{}", self.domain)
    }

    /// The region of AWS whose name requests of the Product Advertising API are signed with.
    pub fn aws_region(self) -> &'static str {
        match self.region {
            "na" => "us-east-1",
            "fe" => "us-west-2",
            _ => "eu-west-1",
        }
    }

    /// An address with this market's `{region}` and `{domain}`.
    pub fn address(self, template: &str) -> String {
        template.replace("{region}", self.region).replace("{domain}", self.domain)
    }
}

/// Keepa's number of a market; an unknown one is taken for the US.
pub fn keepa_number(site: &str) -> u32 {
    Market::of(site).map_or(1, |market| market.keepa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markets_are_found_by_each_of_their_names() {
        let uk = Market::of("UK").expect("known");
        assert_eq!(Market::with_id("A1F83G8C2ARO7P"), Some(uk));
        assert_eq!(Market::with_shop("www.amazon.co.uk"), Some(uk));
        assert_eq!(Market::with_number(2), Some(uk));
        assert_eq!(uk.address("https://api-{region}.{domain}/x"), "https://api-eu.co.uk/x");
        assert_eq!(uk.aws_region(), "eu-west-1");
        let number = ["US", "UK", "DE", "FR", "JP", "CA", "IT", "ES", "IN", "MX", "AU", "BR", "?"];
        assert_eq!(number.map(keepa_number), [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 1, 1]);
    }
}
