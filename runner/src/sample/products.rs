//! The product range and `TyreScore.csv`.

mod brands;

use super::csv::CsvFile;
use super::random::{Draw, Weights};
use super::sizes::Size;
use brands::{BRANDS, Brand};
use std::path::Path;

const HEADER: [&str; 15] = [
    "ProductId",
    "Grade",
    "Size",
    "Manufacturer",
    "Model",
    "WetGrip",
    "Fuel",
    "Noise",
    "Price",
    "PrevPrice7",
    "PrevPrice28",
    "Season",
    "Offer",
    "OE",
    "AwardScore",
];

/// The range product ids come from.
const FIRST_ID: u64 = 20_000_000;
const LAST_ID: u64 = 49_400_000;

/// Lowest and highest price of the range, in pence.
const PRICES: (i64, i64) = (5_596, 27_750);

/// Two products of a hundred are no longer in the range, but still in the sales file.
const DELISTED_PERCENT: usize = 2;

/// One product: one tyre in one size.
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) grade: &'static str,
    pub(super) brand: &'static str,
    pub(super) model: &'static str,
    /// The size as the tyre score file has it: with its speed rating.
    pub(super) size_text: String,
    pub(super) price_pence: i64,
    pub(super) run_flat: bool,
    pub(super) original_equipment: bool,
    season: &'static str,
    wet_grip: &'static str,
    fuel: &'static str,
    noise: String,
    previous_7: Option<i64>,
    previous_28: Option<i64>,
    on_offer: bool,
    award: bool,
}

/// What is sold, what no longer is, and what fits where.
pub(super) struct Range {
    pub(super) products: Vec<Product>,
    /// Ids that occur in sales only.
    pub(super) delisted: Vec<u32>,
    /// Indices of the products of each size, the best-selling first.
    pub(super) by_size: Vec<Vec<usize>>,
}

/// How many products a sample of this scale has.
pub(super) fn count(scale: u32) -> usize {
    1500 * scale as usize
}

/// The product range; `demand` says for each size how much it is asked for.
pub(super) fn build(scale: u32, sizes: &[Size], demand: &[u64], draw: &mut Draw) -> Range {
    let count = count(scale);
    let mut ids = ids(count + count * DELISTED_PERCENT / 100, draw);
    let delisted = ids.split_off(count);
    let by_share = Weights::new(BRANDS.iter().map(|brand| brand.share));
    // Even sizes that are rarely asked for have a choice of products.
    let by_demand = Weights::new(demand.iter().map(|asked| asked.isqrt()));
    let each_gets = count / (4 * sizes.len());
    let mut by_size = vec![Vec::new(); sizes.len()];
    let products = ids
        .into_iter()
        .enumerate()
        .map(|(index, id)| {
            let size = match index / sizes.len() {
                turn if turn < each_gets => index % sizes.len(),
                _ => by_demand.draw(draw),
            };
            by_size[size].push(index);
            let brand = &BRANDS[by_share.draw(draw)];
            product(id, brand, &sizes[size], draw)
        })
        .collect();
    for products in &mut by_size {
        draw.shuffle(products);
    }
    Range { products, delisted, by_size }
}

/// Different ids in no order: one from each of `count` equal parts of the range.
fn ids(count: usize, draw: &mut Draw) -> Vec<u32> {
    let part = (LAST_ID - FIRST_ID) / count as u64;
    let mut ids: Vec<u32> =
        (0..count as u64).map(|at| (FIRST_ID + at * part + draw.below(part)) as u32).collect();
    draw.shuffle(&mut ids);
    ids
}

fn product(id: u32, brand: &Brand, size: &Size, draw: &mut Draw) -> Product {
    let season = draw.pick_weighted(&[("Summer", 850), ("AllSeason", 110), ("Winter", 40)]);
    let model = match season {
        "Summer" => draw.pick(brand.summer),
        "AllSeason" => brand.all_season,
        _ => brand.winter,
    };
    let premium = brand.grade == "Premium";
    let price_pence = price(brand, size, draw);
    let (previous_7, previous_28) = previous_prices(price_pence, draw);
    Product {
        id,
        grade: brand.grade,
        brand: brand.name,
        model,
        size_text: size_text(size, draw),
        price_pence,
        run_flat: draw.chance(if size.inches() >= 17 { 110 } else { 15 }),
        original_equipment: draw.chance(if premium { 240 } else { 30 }),
        season,
        wet_grip: wet_grip(brand.grade, draw),
        fuel: fuel(brand.grade, draw),
        noise: noise(draw),
        previous_7,
        previous_28,
        on_offer: draw.chance(120),
        award: draw.chance(if premium { 300 } else { 110 }),
    }
}

/// The size with a speed rating, now and then in the older form `225/40ZR18 Y`.
fn size_text(size: &Size, draw: &mut Draw) -> String {
    let speed = match size.inches() {
        18.. => draw.pick_weighted(&[("Y", 60), ("W", 30), ("V", 10)]),
        16..18 => draw.pick_weighted(&[("W", 40), ("V", 40), ("Y", 10), ("H", 10)]),
        _ => draw.pick_weighted(&[("H", 50), ("T", 35), ("V", 15)]),
    };
    if !size.is_plain() {
        // Odd sizes come with and without a rating.
        let rating = if draw.chance(500) { format!(" {speed}") } else { String::new() };
        format!("{size}{rating}")
    } else if speed == "Y" && draw.chance(40) {
        format!("{}/{}ZR{} {speed}", size.width, size.profile, size.rim)
    } else {
        format!("{size} {speed}")
    }
}

fn price(brand: &Brand, size: &Size, draw: &mut Draw) -> i64 {
    let plain = 6_200 + (size.inches() - 13) * 750 + (size.millimetres() - 145) * 18;
    let price = plain * brand.price_percent * draw.between(88, 112) / 10_000;
    price.clamp(PRICES.0, PRICES.1)
}

/// The prices of 7 and 28 days ago; none is known for some, and new products have 0.
fn previous_prices(price: i64, draw: &mut Draw) -> (Option<i64>, Option<i64>) {
    let mut before = |spread: i64| Some(price * draw.between(100 - spread, 100 + spread) / 100);
    let (week, month) = (before(4), before(9));
    match draw.below(1000) {
        0..20 => (None, None),
        20..30 => (None, month),
        30..40 => (week, None),
        40..55 => (Some(0), Some(0)),
        55..70 => (week, Some(0)),
        _ => (week, month),
    }
}

fn wet_grip(grade: &str, draw: &mut Draw) -> &'static str {
    match grade {
        "Premium" => draw.pick_weighted(&[("A", 500), ("B", 380), ("C", 115), ("D", 3), ("", 2)]),
        "MidRange" => draw.pick_weighted(&[("A", 200), ("B", 480), ("C", 290), ("D", 27), ("", 3)]),
        _ => {
            draw.pick_weighted(&[("A", 20), ("B", 330), ("C", 560), ("D", 70), ("E", 17), ("", 3)])
        }
    }
}

fn fuel(grade: &str, draw: &mut Draw) -> &'static str {
    match grade {
        "Premium" => draw.pick_weighted(&[("A", 150), ("B", 350), ("C", 400), ("D", 97), ("", 3)]),
        "MidRange" => {
            draw.pick_weighted(&[("A", 30), ("B", 220), ("C", 480), ("D", 250), ("E", 20)])
        }
        _ => draw.pick_weighted(&[("B", 80), ("C", 480), ("D", 360), ("E", 75), ("", 5)]),
    }
}

/// Decibels and class: `69-B`; older labels have a number as class: `71-2`.
fn noise(draw: &mut Draw) -> String {
    let decibels = draw.between(66, 70) + draw.between(0, 3);
    if draw.chance(30) {
        return format!("{decibels}-{}", if decibels <= 68 { 1 } else { 2 });
    }
    let class = match decibels {
        ..=67 => "A",
        68 => draw.pick_weighted(&[("A", 70), ("B", 30)]),
        69..=71 => draw.pick_weighted(&[("B", 92), ("A", 8)]),
        72 => "B",
        _ => draw.pick_weighted(&[("B", 60), ("C", 40)]),
    };
    format!("{decibels}-{class}")
}

/// Writes the range in the form of the daily tyre score file.
pub(super) fn write(path: &Path, range: &Range) -> anyhow::Result<u64> {
    let mut file = CsvFile::create(path, &HEADER)?;
    for product in &range.products {
        let previous = |price: Option<i64>| price.map(pounds).unwrap_or_default();
        file.row(&[
            &product.id.to_string(),
            product.grade,
            &product.size_text,
            product.brand,
            product.model,
            product.wet_grip,
            product.fuel,
            &product.noise,
            &pounds(product.price_pence),
            &previous(product.previous_7),
            &previous(product.previous_28),
            product.season,
            if product.on_offer { "ONOFFER" } else { "NORMAL" },
            if product.original_equipment { "Yes" } else { "No" },
            if product.award { "Award" } else { "No" },
        ])?;
    }
    file.finish()
}

/// Pence as pounds with two decimals.
pub(super) fn pounds(pence: i64) -> String {
    format!("{}.{:02}", pence / 100, pence % 100)
}
