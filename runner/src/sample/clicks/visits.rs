//! Visits: lists looked at, baskets filled, orders placed then or weeks later.

use super::journeys;
use crate::sample::market::{Market, Pair};
use crate::sample::products::Product;
use crate::sample::random::Draw;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// What the site says instead of a vehicle when the visitor searched by size.
const NO_VEHICLE: &str = "No VRM Search";

/// Someone who visits, by number.
#[derive(Clone, Copy)]
pub(super) struct Visitor(u64);

impl Visitor {
    /// The browser's id; one visitor in two hundred does not allow one.
    pub(super) fn browser(self) -> Option<String> {
        let id = 1_000_000_000 + self.0 * 2_654_435_761 % 9_000_000_000;
        (!self.0.is_multiple_of(200)).then(|| format!("{id}.{}", 1_700_000_000 + self.0))
    }

    /// The account; one visitor in eight is logged in.
    pub(super) fn account(self) -> Option<String> {
        (self.0 % 8 == 1).then(|| format!("U{:07}", self.0))
    }
}

/// One event, with its items.
pub(super) struct Event<'a> {
    /// Microseconds since 1970 in UTC.
    pub(super) time: i64,
    pub(super) name: &'static str,
    pub(super) visitor: Visitor,
    pub(super) country: Option<&'static str>,
    pub(super) page: Option<String>,
    pub(super) transaction: Option<String>,
    pub(super) items: Vec<Item<'a>>,
}

/// One product of an event.
#[derive(Clone)]
pub(super) struct Item<'a> {
    /// None if the site failed to report which product it was.
    pub(super) product: Option<&'a Product>,
    pub(super) list_id: &'a str,
    pub(super) list_index: Option<String>,
    pub(super) vehicle: Option<&'a str>,
    pub(super) code: Option<&'static str>,
    pub(super) price: Option<f64>,
    pub(super) quantity: Option<i64>,
}

/// All visits, day by day.
pub(super) struct Visits<'a> {
    market: &'a Market,
    draw: Draw,
    visitors: u64,
    transactions: u64,
    /// Orders of visitors who come back, by day since 1970.
    later: BTreeMap<i64, Vec<Event<'a>>>,
}

/// One visitor looking for one size.
struct Visit<'a> {
    pair: Pair,
    visitor: Visitor,
    country: Option<&'static str>,
    vehicle: Option<&'a str>,
    time: i64,
}

impl<'a> Visits<'a> {
    pub(super) fn new(market: &'a Market, scale: u32, draw: Draw) -> Self {
        let visitors = 4_000 * u64::from(scale);
        Self { market, draw, visitors, transactions: 0, later: BTreeMap::new() }
    }

    /// The events of a day: the orders left for it, then visits until there are `wanted` items. In
    /// the order of time.
    pub(super) fn on(&mut self, day: Date, wanted: u64) -> anyhow::Result<Vec<Event<'a>>> {
        let midnight = day.to_zoned(TimeZone::UTC)?.timestamp().as_microsecond();
        let mut events = self.later.remove(&(midnight / DAY)).unwrap_or_default();
        let mut items: u64 = events.iter().map(|event| event.items.len() as u64).sum();
        while items < wanted {
            let before = events.len();
            self.visit(midnight, &mut events);
            items += events[before..].iter().map(|event| event.items.len() as u64).sum::<u64>();
        }
        events.sort_by_key(|event| event.time);
        Ok(events)
    }

    fn visit(&mut self, midnight: i64, events: &mut Vec<Event<'a>>) {
        let pair = self.market.pair(&mut self.draw);
        let vehicle = match self.draw.below(1000) {
            0..5 => None,
            5..250 => Some(NO_VEHICLE),
            _ => Some(self.market.vehicle(pair).shown.as_str()),
        };
        let mut visit = Visit {
            pair,
            visitor: Visitor(self.draw.below(self.visitors)),
            country: journeys::country(&mut self.draw),
            vehicle,
            // Early enough for a visit to end on the same day.
            time: midnight
                + self.draw.between(0, 22 * 60 * 60) * SECOND
                + self.draw.between(0, SECOND),
        };
        let mut seen: Vec<&'a Product> = Vec::new();
        for _ in 0..self.draw.between(1, 3) {
            let list = self.list(&visit);
            seen.extend(list.items.iter().filter_map(|item| item.product));
            events.push(list);
            visit.time += self.draw.between(20, 120) * SECOND;
        }
        if self.draw.chance(200) && !seen.is_empty() {
            visit.time += self.draw.between(1, 5) * MINUTE;
            let product = self.draw.pick(&seen);
            events.push(self.basket(&visit, product));
        }
        if self.draw.chance(100) && !seen.is_empty() {
            let order = self.order(&visit, &seen);
            let (day, order) = self.delayed(order, midnight);
            if day == midnight / DAY {
                events.push(order);
            } else {
                self.later.entry(day).or_default().push(order);
            }
        }
        if self.draw.chance(8) {
            // Somebody else orders what they never saw here, for example after a call.
            visit.visitor = Visitor(self.draw.below(self.visitors));
            let unseen = self.market.product(visit.pair.size, &mut self.draw);
            events.push(self.order(&visit, &[unseen]));
        }
    }

    fn list(&mut self, visit: &Visit<'a>) -> Event<'a> {
        let count = self.draw.between(4, 14) as usize;
        let mut products = self.market.different_products(visit.pair.size, count, &mut self.draw);
        if self.draw.chance(20) {
            // A list now and then shows its first product a second time.
            products.push(products[0]);
        }
        let code = journeys::code(visit.vehicle.is_some_and(|v| v != NO_VEHICLE), &mut self.draw);
        let items = products
            .into_iter()
            .enumerate()
            .map(|(place, product)| Item {
                list_index: journeys::list_index(place, &mut self.draw),
                code,
                ..self.item(visit, product)
            })
            .collect();
        let page = journeys::list_page(self.list_id(visit), &mut self.draw);
        Event { items, ..event("view_item_list", visit, page) }
    }

    fn basket(&mut self, visit: &Visit<'a>, product: &'a Product) -> Event<'a> {
        let quantity = Some(self.draw.pick_weighted(&[(1, 25), (2, 45), (4, 30)]));
        let items = vec![Item { quantity, ..self.item(visit, product) }];
        Event { items, ..event("add_to_cart", visit, journeys::order_page("basket")) }
    }

    /// An order of one or two of these products, sometimes with the same product on two lines.
    fn order(&mut self, visit: &Visit<'a>, products: &[&'a Product]) -> Event<'a> {
        let mut bought = vec![self.draw.pick(products)];
        match self.draw.below(100) {
            0..4 => bought.push(bought[0]),
            4..12 => bought.push(self.draw.pick(products)),
            _ => {}
        }
        let items = bought
            .into_iter()
            .map(|product| {
                let quantities = [(Some(1), 25), (Some(2), 45), (Some(4), 26), (None, 4)];
                let quantity = self.draw.pick_weighted(&quantities);
                let mut item = Item { quantity, ..self.item(visit, product) };
                item.price = item.price.filter(|_| !self.draw.chance(10));
                item
            })
            .collect();
        self.transactions += 1;
        let number = format!("T{:08}", 10_000_000 + self.transactions);
        let transaction = (!self.draw.chance(10)).then_some(number);
        Event { transaction, items, ..event("purchase", visit, journeys::order_page("complete")) }
    }

    /// Most orders follow at once, the others within six weeks. Returns the day since 1970, too.
    fn delayed(&mut self, mut order: Event<'a>, midnight: i64) -> (i64, Event<'a>) {
        let days = match self.draw.below(10) {
            0..6 => 0,
            6..9 => self.draw.between(1, 20),
            _ => self.draw.between(21, 42),
        };
        order.time = match days {
            0 => order.time + self.draw.between(3, 30) * MINUTE,
            _ => midnight + days * DAY + self.draw.between(0, 22 * 60 * 60) * SECOND,
        };
        (midnight / DAY + days, order)
    }

    fn item(&mut self, visit: &Visit<'a>, product: &'a Product) -> Item<'a> {
        Item {
            product: (!self.draw.chance(1)).then_some(product),
            list_id: self.list_id(visit),
            list_index: None,
            vehicle: visit.vehicle,
            code: None,
            price: Some(product.price_pence as f64 / 100.0),
            quantity: None,
        }
    }

    fn list_id(&self, visit: &Visit<'a>) -> &'a str {
        &self.market.list_ids[visit.pair.size]
    }
}

fn event<'a>(name: &'static str, visit: &Visit<'a>, page: Option<String>) -> Event<'a> {
    Event {
        time: visit.time,
        name,
        visitor: visit.visitor,
        country: visit.country,
        page,
        transaction: None,
        items: Vec::new(),
    }
}
