//! The world behind all files: vehicles, their sizes, the range that fits them, and how often each
//! of them is asked for. Every file is drawn from it, which is why they fit together.

use super::products::{self, Product, Range};
use super::random::{Draw, Stream, Weights};
use super::sizes::{Size, Sizes};
use super::vehicles::{self, Vehicle};

/// How much the best-selling products of a size stand out: the smaller, the more.
const FLAT_PRODUCTS: u64 = 2;

/// A vehicle and one of its sizes.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) vehicle: usize,
    pub(super) size: usize,
    weight: u64,
}

/// Vehicles, sizes and products of one sample.
pub(super) struct Market {
    pub(super) sizes: Vec<Size>,
    /// The ids of the lists of each size on the site: `205-55-16`.
    pub(super) list_ids: Vec<String>,
    pub(super) vehicles: Vec<Vehicle>,
    /// All vehicles with all their sizes, most wanted first.
    pub(super) pairs: Vec<Pair>,
    pub(super) range: Range,
    by_demand: Weights,
    by_rank: Weights,
}

impl Market {
    pub(super) fn new(scale: u32, seed: u64) -> Self {
        let mut draw = Draw::new(seed, Stream::Vehicles);
        let wanted = pairs(scale) + pairs(scale) / 20;
        let sizes_each = wanted.div_ceil(vehicles::count(scale)).max(4);
        // A choice for each vehicle; in small samples the common sizes are enough.
        let sizes = Sizes::new(2 * (sizes_each - 1), &mut draw);
        let vehicles = vehicles::build(scale, sizes_each, &sizes, &mut draw);

        let mut pairs: Vec<Pair> = vehicles
            .iter()
            .enumerate()
            .flat_map(|(index, vehicle)| {
                vehicle.sizes.iter().enumerate().map(move |(place, size)| Pair {
                    vehicle: index,
                    size: *size,
                    weight: vehicle.weight * 2 / (place as u64 + 2) + 1,
                })
            })
            .collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.weight));

        let mut demand = vec![1; sizes.all.len()];
        for pair in &pairs {
            demand[pair.size] += pair.weight;
        }
        let mut draw = Draw::new(seed, Stream::Products);
        let range = products::build(scale, &sizes.all, &demand, &mut draw);
        let longest = range.by_size.iter().map(Vec::len).max().unwrap_or_default();
        let by_demand = Weights::new(pairs.iter().map(|pair| pair.weight));
        let by_rank = Weights::zipf(longest, FLAT_PRODUCTS);
        let list_ids = sizes.all.iter().map(Size::list_id).collect();
        Self { sizes: sizes.all, list_ids, vehicles, pairs, range, by_demand, by_rank }
    }

    /// A vehicle and size somebody asks for, the wanted ones more often.
    pub(super) fn pair(&self, draw: &mut Draw) -> Pair {
        self.pairs[self.by_demand.draw(draw)]
    }

    /// A product in this size, the best-selling ones more often.
    pub(super) fn product(&self, size: usize, draw: &mut Draw) -> &Product {
        let fitting = &self.range.by_size[size];
        // A fifth of the choices is a matter of taste: otherwise most products never sell.
        let rank = if draw.chance(200) {
            draw.index(fitting.len())
        } else {
            self.by_rank.draw_first(draw, fitting.len())
        };
        &self.range.products[fitting[rank]]
    }

    /// Up to `count` different products in this size, as they come to mind.
    pub(super) fn different_products(
        &self,
        size: usize,
        count: usize,
        draw: &mut Draw,
    ) -> Vec<&Product> {
        let mut products: Vec<&Product> = Vec::with_capacity(count + 1);
        for _ in 0..2 * count {
            let product = self.product(size, draw);
            if products.iter().all(|known| known.id != product.id) {
                products.push(product);
            }
            if products.len() == count {
                break;
            }
        }
        products
    }

    pub(super) fn vehicle(&self, pair: Pair) -> &Vehicle {
        &self.vehicles[pair.vehicle]
    }

    pub(super) fn size(&self, pair: Pair) -> &Size {
        &self.sizes[pair.size]
    }
}

/// How many vehicle and size pairs the runlist of a sample of this scale names.
pub(super) fn pairs(scale: u32) -> usize {
    1000 * scale as usize
}
