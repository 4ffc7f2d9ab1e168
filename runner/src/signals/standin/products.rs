//! Products that never were: every number follows from product, market and day.

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// So many products have a name.
pub const MOST_PRODUCTS: u32 = 1_000_000;

/// Paths of categories, root first.
const CATEGORIES: [[&str; 3]; 8] = [
    ["Automotive", "Tyres & Wheels", "Tyre Inflators"],
    ["Automotive", "Car Care", "Wheel Cleaners"],
    ["Home & Kitchen", "Storage", "Drawer Organisers"],
    ["Home & Kitchen", "Bedding", "Pillows"],
    ["Sports & Outdoors", "Camping", "Headlamps"],
    ["Sports & Outdoors", "Cycling", "Bike Lights"],
    ["Pet Supplies", "Dogs", "Leads"],
    ["Office Products", "Desk", "Monitor Stands"],
];

/// The day that all series begin with.
const FIRST: Date = date(2015, 1, 1);

/// The name of the product with this number, from 0.
pub fn asin_of(number: u32) -> String {
    format!("B0{:08}", number % MOST_PRODUCTS)
}

pub(super) fn core(site: &str, asin: &str) -> Value {
    let it = Product { site, asin };
    let path = it.category();
    let words = 6 + it.below("words", 12);
    let title = (0..words).map(|at| it.word(at)).collect::<Vec<_>>().join(" ");
    json!({
        "asin": asin,
        "site": site,
        "title_length": title.chars().count(),
        "title": title,
        "brand": format!("Brand {}", 1 + it.below("brand", 40)),
        "category_path": path,
        "category": path[2],
        "bullet_count": 2 + it.below("bullets", 6),
        "image_count": 1 + it.below("images", 9),
        "has_material_attr": it.below("material", 10) < 7,
        "has_size_attr": it.below("size", 10) < 8,
        "has_use_case_attr": it.below("use", 10) < 5,
        "has_a_plus": it.below("plus", 10) < 4,
    })
}

/// The record of a day; a few days are missing, and before its first one a product has none.
pub(super) fn day(site: &str, asin: &str, day: Date) -> Option<Value> {
    let it = Product { site, asin };
    let at = FIRST.until(day).ok()?.get_days();
    if at < 0 || it.share("gap", at) < 0.01 {
        return None;
    }
    let week = f64::from(at % 7) / 7.0;
    let season = (f64::from(at) / 365.0 * std::f64::consts::TAU).sin();
    // Demand wanders on waves of its own length; a few products take off for some weeks.
    let phase = it.share("phase", 0) * std::f64::consts::TAU;
    let length = 40.0 + 120.0 * it.share("length", 0);
    let wave = (f64::from(at) / length * std::f64::consts::TAU + phase).sin();
    let takes_off = it.share("boom", at / 45) < 0.06;
    let boom = if takes_off { f64::from(at % 45) / 45.0 * 1.8 } else { 0.0 };
    let noise = it.share("noise", at) - 0.5;
    let demand =
        2.5 * it.share("base", 0) + 0.5 * wave + 0.2 * season + boom + 0.15 * noise + 0.1 * week;
    let est_sales = (demand.exp() * 3.0).round();
    let bsr =
        (60_000.0 / (demand * 1.3).exp() * (0.9 + 0.2 * it.share("rank", at))).max(1.0).round();
    let list_price = 8.0 + 90.0 * it.share("price", 0);
    let offer = if it.share("offer", at / 9) < 0.15 { 0.8 } else { 1.0 };
    let price =
        (list_price * offer * (1.0 + 0.02 * (it.share("cents", at) - 0.5)) * 100.0).round() / 100.0;
    let reviews = 20.0 + f64::from(at) * (0.05 + 0.6 * it.share("reviews", 0));
    let rating = 3.2 + 1.7 * it.share("rating", 0) + 0.05 * (it.share("stars", at) - 0.5);
    Some(json!({
        "dt": day,
        "price": price,
        "bsr": bsr,
        "rating": (rating * 10.0).round() / 10.0,
        "reviews_count": reviews.floor(),
        "stock_est": it.below_at("stock", at, 400),
        "buybox_seller": format!("seller-{}", it.below_at("seller", at / 5, 6)),
        "est_sales": est_sales,
    }))
}

/// The record of a day, or of the last one before it that has one.
pub(super) fn latest(site: &str, asin: &str, today: Date) -> Value {
    let days = (0..30).filter_map(|ago| today.checked_sub(ago.days()).ok());
    days.into_iter().find_map(|at| day(site, asin, at)).unwrap_or_default()
}

/// How many a seller sold on a day: mostly none.
pub(super) fn units(site: &str, asin: &str, day: Date) -> u64 {
    let it = Product { site, asin };
    let at = FIRST.until(day).map_or(0, |span| span.get_days());
    if it.share("order", at) < 0.1 { 1 + it.below_at("units", at, 3) } else { 0 }
}

/// What is known of a keyword, whatever product it belongs to.
pub(super) fn keyword(site: &str, keyword: &str) -> Value {
    let it = Product { site, asin: keyword };
    json!({
        "keyword": keyword,
        "search_volume": 50 + it.below("volume", 20_000),
        "difficulty": it.below("difficulty", 100),
        "cpc": (10 + it.below("cpc", 300)) as f64 / 100.0,
    })
}

pub(super) fn reviews(site: &str, asin: &str, since: Date) -> Value {
    let it = Product { site, asin };
    let days = (0..8).filter_map(|ahead| since.checked_add(ahead.days()).ok());
    let written = days.filter_map(|day| {
        let at = FIRST.until(day).ok()?.get_days();
        (it.share("review", at) < 0.3).then(|| {
            json!({
                "review_id": format!("R{:016X}", it.hash("review", at)),
                "dt": day,
                "rating": 1 + it.below_at("review stars", at, 5),
                "title": it.word(at as u64),
                "text": format!("{} and {}", it.word(at as u64 + 1), it.word(at as u64 + 2)),
                "verified": it.below_at("verified", at, 10) < 8,
            })
        })
    });
    written.collect()
}

pub(super) fn keywords(site: &str, asin: &str) -> Value {
    let it = Product { site, asin };
    let keyword = |at: i32| {
        json!({
            "keyword": format!("{} {}", it.category()[2].to_lowercase(), at + 1),
            "est_search_volume": 50 + it.below_at("volume", at, 20_000),
            "cpc": (10 + it.below_at("cpc", at, 300)) as f64 / 100.0,
            "difficulty": it.below_at("difficulty", at, 100),
        })
    };
    (0..3 + it.below("keywords", 4) as i32).map(keyword).collect()
}

struct Product<'a> {
    site: &'a str,
    asin: &'a str,
}

impl Product<'_> {
    /// A category belongs to the product, not to the market.
    fn category(&self) -> [&'static str; 3] {
        let everywhere = Product { site: "", asin: self.asin };
        CATEGORIES[everywhere.below("category", CATEGORIES.len() as u64) as usize]
    }

    fn word(&self, at: u64) -> &'static str {
        const WORDS: [&str; 16] = [
            "compact",
            "premium",
            "foldable",
            "rechargeable",
            "universal",
            "heavy duty",
            "silent",
            "waterproof",
            "portable",
            "adjustable",
            "wireless",
            "stainless",
            "soft",
            "bright",
            "non-slip",
            "travel",
        ];
        WORDS[(self.hash("word", at as i32) % WORDS.len() as u64) as usize]
    }

    fn below(&self, what: &str, end: u64) -> u64 {
        self.below_at(what, 0, end)
    }

    fn below_at(&self, what: &str, at: i32, end: u64) -> u64 {
        self.hash(what, at) % end
    }

    /// From 0 to 1.
    fn share(&self, what: &str, at: i32) -> f64 {
        (self.hash(what, at) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn hash(&self, what: &str, at: i32) -> u64 {
        // FNV-1a, then the finish of splitmix64: short texts that differ a little are far apart.
        let bytes = [self.site, "/", self.asin, "/", what].into_iter().flat_map(str::bytes);
        let bytes = bytes.chain(at.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}
